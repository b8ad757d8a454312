// Images in turn: a bounded number at a time, users one after another, equal content once, and with patience for what is
// not the submission's fault.
import { join } from 'node:path';
import type { Config } from '../../config/shape.ts';
import { type Engine, isOutage } from '../../engines/engine.ts';
import { BuildLog } from './build-log.ts';
import { maskedEngine } from '../../secrets/masked-engine.ts';
import type { Recipe } from './check.ts';
import { spaceProblem } from './fetch.ts';
import { type Made, makeImage } from './make-image.ts';
import { outsideTrouble } from './registry-trouble.ts';
import type { ServerLink } from './server-link.ts';
import { StepReports } from './step-reports.ts';
import { Turns } from './turns.ts';
import { rest, type Work, type Works } from './works.ts';

const LONGEST_TRY_PAUSE_MS = 5 * 60_000;
const FIRST_OUTAGE_PAUSE_MS = 1000;
const LONGEST_OUTAGE_PAUSE_MS = 30_000;

export interface BuildingParts {
  config: Config;
  instance: string;
  engine: Engine;
  link: ServerLink;
  works: Works;
}

export class Building {
  readonly #parts: BuildingParts;
  readonly #turns: Turns;
  /** Content -> the build of it that is under way. */
  readonly #inProgress = new Map<string, Promise<unknown>>();

  constructor(parts: BuildingParts) {
    this.#parts = parts;
    this.#turns = new Turns(parts.config.builder.parallel);
  }

  /** How many are being made now. */
  get running(): number {
    return this.#turns.running;
  }

  /** Makes a job's image from our copy of its archive and reports how that ended. */
  async make(work: Work, copyPath: string, recipe: Recipe): Promise<void> {
    const trouble = await this.#turns.run(work.line, work.signal, () => this.#makeInTurn(work, copyPath, recipe));
    if (trouble !== undefined) await this.#parts.link.ask('outsideTrouble', { jobId: work.jobId, trouble });
  }

  /** @returns what outside of the submission kept it from being made; undefined when it has ended, well or badly */
  async #makeInTurn(work: Work, copyPath: string, recipe: Recipe): Promise<string | undefined> {
    const { retries, sleepIntervalMs } = this.#parts.config.builder;
    for (let tries = 0; ; tries++) {
      const { made, buildLog } = await this.#makePatiently(work, copyPath, recipe);
      const trouble = made.ok ? undefined : outsideTrouble(made.error);
      const isWorthATry = trouble !== undefined || (!made.ok && made.byEngine && tries < retries);
      if (!isWorthATry) {
        await this.#report(work, made, buildLog);
        return undefined;
      }
      if (tries >= retries) return trouble;
      await this.#parts.works.say(
        work,
        `${trouble ?? 'the Docker Engine failed'}; tried again soon (${tries + 1} of ${retries})`,
      );
      await rest(Math.min(sleepIntervalMs * 2 ** tries, LONGEST_TRY_PAUSE_MS), work.signal);
    }
  }

  /** Waits for as long as the engine cannot be used. */
  async #makePatiently(work: Work, copyPath: string, recipe: Recipe): Promise<{ made: Made; buildLog: string | null }> {
    for (let pauseMs = FIRST_OUTAGE_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_OUTAGE_PAUSE_MS)) {
      try {
        return await this.#makeOnce(work, copyPath, recipe);
      } catch (error) {
        work.signal.throwIfAborted();
        if (!isOutage(error)) throw error;
        await this.#parts.works.say(work, `waits for the Docker Engine: ${(error as Error).message}`);
        await rest(pauseMs, work.signal);
      }
    }
  }

  async #makeOnce(work: Work, copyPath: string, recipe: Recipe) {
    const { jobId, file, signal } = work;
    const { config, link, instance } = this.#parts;
    const content = recipe.how === 'image' ? `job ${jobId}` : recipe.content;
    const secrets = await link.ask('toMask', { jobId });
    const engine = maskedEngine(this.#parts.engine, () => secrets);
    let buildLog: string | null = null;
    const openLog = async () => {
      buildLog = join(config.paths.log, `${jobId}.build.log`);
      return await BuildLog.open(buildLog, config.builder.maxOutputBytes);
    };
    const steps = new StepReports((step) => link.ask('step', { jobId, ...step }));
    const onStep = steps.add.bind(steps);
    const request = { recipe, path: copyPath, file, instance, onStep, waitForRoom: () => this.#waitForRoom(work) };
    // While the same content is being made for another job, that is waited for: its image is found then. Between the last look
    // and our own entry nothing may be waited for, or two would go on together.
    for (let other = this.#inProgress.get(content); other; other = this.#inProgress.get(content)) {
      await other;
      signal.throwIfAborted();
    }
    const making = makeImage(engine, request, config, openLog, signal);
    this.#inProgress.set(
      content,
      making.catch(() => undefined),
    );
    try {
      return { made: await making, buildLog };
    } finally {
      this.#inProgress.delete(content);
      await steps.done();
    }
  }

  /** A disk that is nearly full is the engine's end: builds wait until there is room, and what runs goes on. */
  async #waitForRoom(work: Work): Promise<void> {
    const { config, engine, works } = this.#parts;
    const { endpoint, rootDir } = await engine.info();
    // The engine of another machine has its disk there.
    if (!endpoint.startsWith('unix:')) return;
    for (let waited = false; ; waited = true) {
      const problem = await spaceProblem(rootDir, 0, config.housekeeping.minFreeFraction).catch(() => undefined);
      if (problem !== undefined || waited) await works.say(work, problem ?? null);
      if (problem === undefined) return;
      await rest(config.builder.sleepIntervalMs, work.signal);
    }
  }

  async #report({ jobId }: Work, made: Made, buildLog: string | null): Promise<void> {
    const { link } = this.#parts;
    if (!made.ok) await link.ask('buildFailed', { jobId, error: made.error, buildLog });
    else await link.ask('built', { jobId, image: made.image, imageId: made.imageId, buildLog, cached: made.cached });
  }
}
