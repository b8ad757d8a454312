// What is under way, job by job: each can be dropped, and what fails unexpectedly is said and tried again.
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerLink } from './server-link.ts';

export interface About {
  jobId: number;
  /** The name its owner knows the archive by. */
  file: string;
  /** Whose line it waits in. */
  line: string;
}

export interface Work extends About {
  /** Aborted when the job is cancelled. */
  signal: AbortSignal;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

export class Works {
  readonly #link: ServerLink;
  readonly #aborts = new Map<number, AbortController>();

  constructor(link: ServerLink) {
    this.#link = link;
  }

  abort(jobId: number): void {
    this.#aborts.get(jobId)?.abort(new Error(`job #${jobId} was cancelled`));
  }

  /**
   * Does a job's steps, again and again until they end: no job is lost by a full disk or a bug.
   * @returns undefined if the job was cancelled meanwhile
   */
  async run<T>(about: About, steps: (work: Work) => Promise<T>): Promise<T | undefined> {
    const abort = new AbortController();
    this.#aborts.set(about.jobId, abort);
    const work = { ...about, signal: abort.signal };
    try {
      return await this.#persist(work, steps);
    } catch (error) {
      if (!abort.signal.aborted) throw error;
      return undefined;
    } finally {
      // What these steps began for the same job may have put its own there.
      if (this.#aborts.get(about.jobId) === abort) this.#aborts.delete(about.jobId);
    }
  }

  /** Tells the owner what the job waits for; null = nothing any more. */
  async say({ jobId }: About, reason: string | null): Promise<void> {
    await this.#link.ask('waiting', { jobId, reason });
  }

  async #persist<T>(work: Work, steps: (work: Work) => Promise<T>): Promise<T> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        return await steps(work);
      } catch (error) {
        work.signal.throwIfAborted();
        await this.say(work, `trouble: ${(error as Error).message}; trying again`);
        await rest(pauseMs, work.signal);
      }
    }
  }
}

/** Waits about so long: between half and one and a half of it, so that many who wait do not come back at once. */
export async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms * (0.5 + Math.random()), undefined, { signal });
}
