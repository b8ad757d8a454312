// Prints the jobs of a user that wait, with when they are expected to start.
import { createClient } from '@dopq/contract';

const { DOPQ_HOST = 'http://127.0.0.1:3677', DOPQ_TOKEN = '' } = process.env;
const client = createClient(DOPQ_HOST, (url, init) => {
  const request = new Request(url, init);
  request.headers.set('authorization', `Bearer ${DOPQ_TOKEN}`);
  return fetch(request);
});

const { jobs, total } = await client.jobs.page({ states: ['queued', 'held'], user: process.argv[2] });
console.log(`${total} waiting`);
for (const job of jobs) console.log(`#${job.id} ${job.name}: ${job.predicted_start_at ?? job.reason ?? 'not known'}`);
