import type { Step } from './make-image.ts';

/** Reports the newest step of a build, one report at a time: a fast build must not flood the server. */
export class StepReports {
  readonly #report: (step: Step) => Promise<unknown>;
  #newest: Step | undefined;
  #reporting: Promise<void> | undefined;

  constructor(report: (step: Step) => Promise<unknown>) {
    this.#report = report;
  }

  add(step: Step): void {
    this.#newest = step;
    this.#reporting ??= this.#run();
  }

  /** Resolves when the last report is answered, so that none comes after the build's end. */
  async done(): Promise<void> {
    this.#newest = undefined;
    await this.#reporting;
  }

  async #run(): Promise<void> {
    for (let step = this.#newest; step; step = this.#newest) {
      this.#newest = undefined;
      await this.#report(step);
    }
    this.#reporting = undefined;
  }
}
