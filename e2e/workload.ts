// Jobs that tell afterwards what really happened to them: each leaves a line at its begin and one at its end, so that what
// DoPQ says of a job can be held against what the job did.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Job } from '@dopq/contract';
import {
  type Dopq,
  type FakeGpu,
  type FakeNvidiaSmi,
  fakeNvidiaSmi,
  findBrokenInvariants,
  loadBaseImage,
  type PrivateEngine,
  startDopq,
  startEngine,
  waitFor,
  zip,
} from '@dopq/testbed';

/** How a job ends if nobody ends it: by itself with a code, or never, and then it is cancelled. */
export type Ending = number | 'cancelled';

export interface Wish {
  ending: Ending;
  /** It works until a file of that name lies in its output folder. */
  waitsFor?: string;
  /** GPUs it asks for; default none. */
  gpus?: number;
  /** How long it works at least, seconds. */
  seconds?: number;
  /** It ends with 0 when it is told to stop, as if it had come to its end. */
  trapsTerm?: boolean;
  user?: string;
}

interface Dropped extends Wish {
  file: string;
}

const SETTLE_MS = 100_000;

/** The nightly run has a machine of its own and asks for 10 s; elsewhere it only has to run. */
const PROBE_MS = Number(process.env.DOPQ_PROBE_MS ?? Number.POSITIVE_INFINITY);

/** Makes the work quick for machine and engine: what is tested is who does it, not what. Lists show all that was ever done. */
export const QUICK = {
  queue: { 'max.history': '100000' },
  fetcher: { 'sleep.interval': '0.2', 'settle.time': '0.3' },
};

/** An engine with GPUs, a server on it, and work for them. */
export interface Stage extends AsyncDisposable {
  engine: PrivateEngine;
  smi: FakeNvidiaSmi;
  dopq: Dopq;
  work: Workload;
}

export async function gpuStage(gpus: FakeGpu[]): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const smi = stack.use(fakeNvidiaSmi({ gpus }));
  const engine = stack.use(await startEngine({ gpus }));
  await loadBaseImage(engine);
  const settings = { ...QUICK, docker: { 'nvidia.smi': smi.command } };
  const dopq = stack.use(await startDopq({ engine: engine.host, settings }));
  const parts = stack.move();
  return { engine, smi, dopq, work: new Workload(dopq, engine), [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

export class Workload {
  readonly #dopq: Dopq;
  readonly #engine: PrivateEngine;
  readonly #dropped: Dropped[] = [];
  readonly #name: string;
  #count = 0;

  /** @param name tells its files from those of other workloads on the same server */
  constructor(dopq: Dopq, engine: PrivateEngine, name = 'w') {
    this.#dopq = dopq;
    this.#engine = engine;
    this.#name = name;
  }

  /** Puts a zip per wish into inboxes; each has content of its own, so that each is built. */
  async drop(...wishes: Wish[]): Promise<string[]> {
    const files: string[] = [];
    for (const wish of wishes) {
      const { user = 'alice', ending, gpus = 0 } = wish;
      const file = `${this.#name}${++this.#count}-${ending}.zip`;
      const bytes = await zip({
        Dockerfile: `FROM busybox\nENV FILE=${file}\nCMD ["sh", "-c", ${JSON.stringify(this.#commandOf(wish))}]\n`,
        'container_config.json': JSON.stringify({
          name: 'work',
          num_gpus: gpus,
          // Several at once also on a small machine.
          cpus: 0.25,
          required_memory: '64m',
          executor_name: user,
        }),
      });
      this.#dropped.push({ ...wish, user, file });
      this.#dopq.drop(user, file, bytes);
      files.push(file);
    }
    return files;
  }

  /** Lets the jobs of a user go on that wait for a file. */
  release(name: string, user = 'alice'): void {
    writeFileSync(path.join(this.#dopq.output, user, `${this.#name}-${name}`), '');
  }

  /** Waits until so many of the dropped jobs are in a state. */
  async inState(state: Job['state'], count: number): Promise<Job[]> {
    return await waitFor(
      async () => {
        const jobs = (await this.#jobs()).filter((job) => job.state === state);
        return jobs.length >= count && jobs;
      },
      {
        timeoutMs: SETTLE_MS,
        intervalMs: 100,
        message: () => `${count} ${state} jobs\n${this.#dopq.said().slice(-3000)}`,
      },
    );
  }

  /** Waits until the payloads of jobs have begun, whatever DoPQ knows of it. */
  async begun(jobs: readonly Job[]): Promise<void> {
    await waitFor(() => jobs.every((job) => this.#traces(job.user, job.id).runs > 0), { timeoutMs: SETTLE_MS });
  }

  /** Cancels, until aborted, what runs and is to be cancelled; a server that is away is asked again. */
  async cancelWhatRuns(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const running = await this.#dopq.client.jobs.list({ scope: 'active', state: 'running' }).catch(() => []);
      for (const { id, file } of running) {
        if (file.endsWith('-cancelled.zip')) await this.#dopq.client.jobs.cancel({ id }).catch(() => undefined);
      }
      await delay(100);
    }
  }

  /**
   * Waits until everything that was dropped so far has finished, however much that is; given up where for long no job
   * gets any further. The jobs in the order of dropping.
   */
  async finished(): Promise<Job[]> {
    let jobs: Job[] = [];
    let seen = '';
    for (;;) {
      const now = await waitFor(
        async () => {
          jobs = await this.#jobs();
          const states = jobs.map(({ id, state }) => `${id} ${state}`).join();
          return (states !== seen || this.#areFinished(jobs)) && { states };
        },
        { timeoutMs: SETTLE_MS, intervalMs: 200, message: () => `all jobs to end\n${this.#whatIsOpen(jobs)}` },
      );
      if (this.#areFinished(jobs)) return jobs;
      seen = now.states;
    }
  }

  #areFinished(jobs: readonly Job[]): boolean {
    return jobs.length === this.#dropped.length && jobs.every(({ state }) => state === 'finished');
  }

  #whatIsOpen(jobs: readonly Job[]): string {
    const open = jobs.filter((job) => job.state !== 'finished');
    const missing = this.#dropped.filter(({ file }) => !jobs.some((job) => job.file === file));
    const said = this.#dopq.said();
    const lines = said.split('\n').filter((line) => missing.some(({ file }) => line.includes(file)));
    const inboxes = ['alice', 'bob'].map((user) => readdirSync(path.join(this.#dopq.share, user)).join(' '));
    return [
      `open: ${JSON.stringify(open)}`,
      `no job: ${missing.map(({ file }) => file).join(' ')}, of which the server said:`,
      ...lines,
      `${jobs.length} jobs of ${this.#dropped.length} files; in the inboxes:`,
      ...inboxes,
      said.slice(-4000),
    ].join('\n');
  }

  /** True if a server answers and says that everything dropped so far has finished. */
  async hasFinished(): Promise<boolean> {
    const jobs = await this.#jobs().catch(() => []);
    return this.#areFinished(jobs);
  }

  /** In the order of dropping; a file that became two jobs is an error. */
  async #jobs(): Promise<Job[]> {
    const all = await this.#dopq.client.jobs.list({ scope: 'all', limit: 10_000 });
    return this.#dropped.flatMap(({ file }) => {
      const jobs = all.filter((job) => job.file === file);
      if (jobs.length > 1) throw new Error(`${file} became ${jobs.length} jobs`);
      return jobs;
    });
  }

  /**
   * Waits for all jobs and holds each against what it did: one run, one attempt, the true code.
   * @param options.mayBeInterrupted the engine may have ended jobs: what did not come to its end is then `interrupted`, never
   *   success and never the job's own failure
   * @param options.mayGiveWay another DoPQ may take a GPU in the moment of a start: the next attempt is the one that runs
   * @returns what is untrue
   */
  async untrueEnds({ mayBeInterrupted = false, mayGiveWay = false } = {}): Promise<string[]> {
    const jobs = await this.finished();
    return jobs.flatMap((job, index) => {
      const { ending, user = 'alice' } = this.#dropped[index] as Dropped;
      const { runs, ends } = this.#traces(user, job.id);
      const words = `#${job.id} ${job.file}: ${job.outcome} ${job.exit_code} (${job.reason}), attempt ${job.attempt}, began ${runs} times, came to its end ${ends} times`;
      if (runs > 1 || ends > 1) return [words];
      if (mayBeInterrupted && job.outcome === 'interrupted') return [];
      const outcome = ending === 'cancelled' ? 'cancelled' : ending === 0 ? 'succeeded' : 'failed';
      const isTrue = job.outcome === outcome && (ending === 'cancelled' || (job.exit_code === ending && ends === 1));
      return isTrue && runs === 1 && (mayGiveWay || job.attempt === 1) ? [] : [`${words}; should be ${outcome}`];
    });
  }

  async countOutcome(outcome: Job['outcome']): Promise<number> {
    return (await this.finished()).filter((job) => job.outcome === outcome).length;
  }

  /** How often a job's payload began and came to its end. */
  #traces(user: string, jobId: number): { runs: number; ends: number } {
    const lines = (name: string) => {
      const file = path.join(this.#dopq.output, user, `${name}-${jobId}`);
      return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).length : 0;
    };
    return { runs: lines('runs'), ends: lines('ends') };
  }

  /** Waits until nothing is left to sweep and every invariant holds. */
  async settled(): Promise<void> {
    let broken: string[] = [];
    await waitFor(
      async () => {
        broken = await findBrokenInvariants(this.#dopq, this.#engine);
        return broken.length === 0;
      },
      { timeoutMs: 60_000, intervalMs: 200, message: () => `the invariants: ${broken.join('; ')}` },
    );
  }

  /** Whatever died before: a job that is dropped now runs, and soon. Nothing else may be waiting. @returns milliseconds to its end */
  async probe(): Promise<number> {
    const droppedAt = performance.now();
    await this.drop({ ending: 0 });
    await this.finished();
    const tookMs = performance.now() - droppedAt;
    if (tookMs > PROBE_MS) throw new Error(`a job that nothing stood in the way of took ${Math.round(tookMs)} ms`);
    return tookMs;
  }

  #commandOf({ ending, waitsFor, seconds, trapsTerm }: Wish): string {
    return [
      ...(trapsTerm ? ["trap 'exit 0' TERM"] : []),
      'echo run >> /outdir/runs-$DOPQ_JOB',
      'echo begin',
      ...(waitsFor ? [`until [ -e /outdir/${this.#name}-${waitsFor} ]; do sleep 0.1; done`] : []),
      ...(seconds ? [`sleep ${seconds}`] : []),
      ...(ending === 'cancelled'
        ? ['sleep 100000']
        : ['echo end', 'echo end >> /outdir/ends-$DOPQ_JOB', `exit ${ending}`]),
    ].join('; ');
  }
}
