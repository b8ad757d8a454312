// How long attempts have run, whatever happens to the machine's clock meanwhile: a job is not ended because somebody set the
// clock forward, and not let run on for ever because somebody set it back.
import type { Clock } from '../clock.ts';

type Begun = { containerName: string; startedAt: number };

/** Less than that is how clocks and engines round. */
const SET_MS = 1000;

export class RunTimes {
  readonly #clock: Clock;
  /** Container name -> its recorded start, and when that was on the process's own clock, which nobody can set. */
  readonly #begun = new Map<string, { startedAt: number; begun: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * When an attempt began, told by the clock as it is now: its recorded start, unless the clock was set since this server
   * first saw it run.
   */
  begunAt({ containerName, startedAt }: Begun): number {
    const now = this.#clock.now();
    const steadyNow = performance.now();
    let seen = this.#begun.get(containerName);
    if (seen?.startedAt !== startedAt) {
      seen = { startedAt, begun: steadyNow - Math.max(0, now - startedAt) };
      this.#begun.set(containerName, seen);
    }
    const at = Math.round(now - (steadyNow - seen.begun));
    return Math.abs(at - startedAt) < SET_MS ? startedAt : at;
  }

  /** Forgets all but these. */
  keep(containerNames: ReadonlySet<string>): void {
    for (const name of this.#begun.keys()) if (!containerNames.has(name)) this.#begun.delete(name);
  }
}
