// Prints the GPUs that jobs have and that did nothing in more than half of the last hour.
import { createClient } from '@dopq/contract';

const { DOPQ_HOST = 'http://127.0.0.1:3677', DOPQ_TOKEN = '' } = process.env;
const client = createClient(DOPQ_HOST, (url, init) => {
  const request = new Request(url, init);
  request.headers.set('authorization', `Bearer ${DOPQ_TOKEN}`);
  return fetch(request);
});

const gpus = await client.gpus.list();
const from = new Date(Date.now() - 3_600_000).toISOString();
const { series } = await client.series.read({
  subjects: gpus.map(({ uuid }) => `gpu:${uuid}`),
  from,
  step_seconds: 60,
});
for (const [at, { means }] of series.entries()) {
  const idle = (means['idle'] ?? []).filter((part) => part !== null);
  const share = idle.reduce((sum, part) => sum + part, 0) / Math.max(1, idle.length);
  if (share > 0.5)
    console.log(`${gpus[at]?.name} ${gpus[at]?.index} of ${gpus[at]?.machine}: idle ${Math.round(100 * share)} %`);
}
console.log(`${gpus.length} GPUs looked at`);
