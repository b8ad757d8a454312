// (r) From the SIGKILL of a server to its next one that has met its engine, its Provider and its share and has every running
// container in hand again; beside the same start with nothing to find.
import { waitFor } from '@dopq/testbed';
import { median, timed } from './figures.ts';
import { type Stage, submission } from './stage.ts';

const RUNNING = 20;
const ROUNDS = 7;

export async function back({ dopq }: Stage): Promise<string[]> {
  const empty = await rounds(dopq);
  const bytes = await submission('sleep 3600', 0.05);
  for (let index = 0; index < RUNNING; index++) dopq.drop('alice', `runs-${index}.zip`, bytes);
  const running = async () => (await dopq.client.jobs.list({ state: 'running' })).length;
  await waitFor(async () => (await running()) === RUNNING, { timeoutMs: 600_000, intervalMs: 200 });
  const full = await rounds(dopq);
  if ((await running()) !== RUNNING) throw new Error('not every container was adopted');
  return [
    `(r) killed server to the next that answers and has found everything: ${median(full).toFixed(2)} s with ${RUNNING} running containers (at most ${Math.max(...full).toFixed(2)}; aim < 5), ${median(empty).toFixed(2)} s with none`,
  ];
}

async function rounds(dopq: Stage['dopq']): Promise<number[]> {
  const seconds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await dopq.kill();
    seconds.push(await timed(() => dopq.start()));
  }
  return seconds;
}
