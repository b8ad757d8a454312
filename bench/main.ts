// `npm run bench [a b c d e f p r s t v w]`: each figure beside its peer, measured in the same run. Writes nothing; docs/benchmarks.md tells what
// was seen and how to repeat it.
import { back } from './back.ts';
import { dashboard } from './dashboard.ts';
import { latency } from './latency.ts';
import { lists } from './lists.ts';
import { memory } from './memory.ts';
import { order } from './order.ts';
import { promises } from './promises.ts';
import { scheduler } from './scheduler.ts';
import { startup } from './startup.ts';
import { buildStage, type Stage } from './stage.ts';
import { throughput, turnaround } from './throughput.ts';
import { views } from './views.ts';

const onStage: Record<string, (stage: Stage) => Promise<string[]>> = {
  a: latency,
  b: throughput,
  c: turnaround,
  r: back,
};
const alone: Record<string, () => Promise<string[]> | Iterable<string>> = {
  d: memory,
  e: order,
  t: startup,
  f: lists,
  p: promises,
  s: scheduler,
  v: views,
  w: dashboard,
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : [...Object.keys(onStage), ...Object.keys(alone)];
for (const name of wanted) {
  const lines = onStage[name] ? await measureOnStage(onStage[name]) : await alone[name]?.();
  if (!lines)
    throw new Error(
      `there is no figure "${name}"; there are ${[...Object.keys(onStage), ...Object.keys(alone)].join(', ')}`,
    );
  for (const line of lines) console.log(line);
}

async function measureOnStage(measure: (stage: Stage) => Promise<string[]>): Promise<string[]> {
  await using stage = await buildStage();
  return await measure(stage);
}
