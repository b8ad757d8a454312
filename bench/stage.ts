// What the figures are taken on: a private engine, a server on temporary data, and zips whose image is there already.
import { type Dopq, loadBaseImage, type PrivateEngine, startDopq, startEngine, waitFor, zip } from '@dopq/testbed';

export interface Stage extends AsyncDisposable {
  engine: PrivateEngine;
  dopq: Dopq;
}

export async function buildStage(): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const engine = stack.use(await startEngine());
  await loadBaseImage(engine);
  const dopq = stack.use(await startDopq({ engine: engine.host, settings: { queue: { verbose: 'no' } } }));
  const parts = stack.move();
  return { engine, dopq, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

export function submission(command: string, cpus: number): Promise<Uint8Array> {
  return zip({
    Dockerfile: `FROM busybox\nCMD ${JSON.stringify(command.split(' '))}\n`,
    'container_config.json': JSON.stringify({ name: 'bench', num_gpus: 0, required_memory: '16m', cpus }),
  });
}

/** Fills the queue while a job holds all CPUs, so that intake is not part of what is measured; then lets it go. */
export async function enqueue(dopq: Dopq, count: number, command: string, cpus: number): Promise<number[]> {
  const blocker = await submit(dopq, 'blocker.zip', await submission('sleep 3600', 2), 'running');
  const bytes = await submission(command, cpus);
  for (let index = 0; index < count; index++) dopq.drop('alice', `bench-${index}.zip`, bytes);
  const waiting = () => dopq.client.jobs.list({ state: 'queued' });
  await waitFor(async () => (await waiting()).length === count, {
    timeoutMs: 600_000,
    intervalMs: 500,
    message: 'a full queue',
  });
  const ids = (await waiting()).map((job) => job.id);
  await dopq.client.jobs.cancel({ id: blocker });
  return ids;
}

async function submit(dopq: Dopq, file: string, bytes: Uint8Array, state: string): Promise<number> {
  dopq.drop('alice', file, bytes);
  const job = await waitFor(
    async () =>
      (await dopq.client.jobs.list({ scope: 'all' })).find((found) => found.file === file && found.state === state),
    { timeoutMs: 60_000, intervalMs: 10, message: `${file} to be ${state}` },
  );
  return job.id;
}

/** Looks seldom: each look is a list of all that wait, made by the server that is measured. */
export async function allFinished(dopq: Dopq, ids: readonly number[]): Promise<void> {
  await waitFor(async () => (await dopq.client.jobs.list({ scope: 'active' })).every((job) => !ids.includes(job.id)), {
    timeoutMs: 600_000,
    intervalMs: 1000,
    message: 'the jobs to end',
  });
}
