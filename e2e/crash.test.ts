// Kill it anywhere: SIGKILL of the server, or of its Provider, at every durable write, every engine call and every fact,
// then a restart. Nothing is lost, nothing runs twice, and the true exit codes arrive.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Dopq, loadBaseImage, type PrivateEngine, startDopq, startEngine, waitFor } from '@dopq/testbed';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUICK, type Wish, Workload } from './workload.ts';

/** The nightly run has each point kill so often, each time at a later pass; otherwise a sample kills once. */
const ROUNDS = Number(process.env.DOPQ_CRASH_ROUNDS ?? 0);
/** Fixed, so that a failing run can be repeated; another one tries other points. */
const SEED = process.env.DOPQ_SEED ?? '1';
const SAMPLE = { server: 10, provider: 5 };
/** So many points of each kind where each kills often; default all. */
const POINTS = Number(process.env.DOPQ_CRASH_POINTS ?? Number.POSITIVE_INFINITY);
/** Only points with this in their name, for one that failed. */
const ONLY = process.env.DOPQ_CRASH_ONLY ?? '';
/** Products side by side where each point kills often, each with an engine of its own: most of the time is waiting. */
const LANES = Number(process.env.DOPQ_CRASH_LANES ?? 3);
/** Crashes between two looks at what became of the jobs. */
const CRASHES_PER_LOOK = 10;
/** Deaths of the Provider that one life of the server sees: after each the next one is started later. */
const PROVIDERS_PER_LIFE = 4;
/** The kinds of life that a job may have. One job a crash; those of the crashes before it are picked up beside it. */
const LIVES: Wish[] = [{ ending: 0 }, { ending: 7, user: 'bob' }, { ending: 'cancelled' }];

type Victim = 'server' | 'provider';
interface Point {
  name: string;
  /** The kinds of life that pass it, and how often each does. */
  lives: { life: Wish; passes: number }[];
}
interface Crash {
  point: string;
  pass: number;
  life: Wish;
}

const engines: PrivateEngine[] = [];
let points: Point[];

beforeAll(async () => {
  const started = Array.from({ length: ROUNDS > 0 ? LANES : 1 }, async () => {
    const engine = await startEngine();
    engines.push(engine);
    await loadBaseImage(engine);
  });
  await Promise.all(started);
  // Where engine calls go wrong, a life passes points that the next one need not pass.
  await using scene = await Scene.on(engines[0] as PrivateEngine, 0);
  points = await scene.tracePoints();
});
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine[Symbol.asyncDispose]()));
});

/** A product, what it is to do, and how it dies. */
class Scene implements AsyncDisposable {
  readonly #dopq: Dopq;
  readonly #work: Workload;
  readonly #ended = new AbortController();
  readonly #cancelling: Promise<void>;
  readonly #mark: string;
  /** The longest that a job took which nothing stood in the way of. */
  probeMs = 0;

  /** @param trouble the part of the engine calls that goes wrong; default that of the whole run */
  static async on(engine: PrivateEngine, trouble?: number): Promise<Scene> {
    const options = { engine: engine.host, settings: QUICK, ...(trouble !== undefined && { trouble }) };
    return new Scene(await startDopq(options), engine);
  }

  private constructor(dopq: Dopq, engine: PrivateEngine) {
    this.#dopq = dopq;
    this.#work = new Workload(dopq, engine);
    this.#cancelling = this.#work.cancelWhatRuns(this.#ended.signal);
    this.#mark = path.join(dopq.dir, 'crashed');
  }

  /** Every point that the life of a job passes, and how often, by lives that write them down. */
  async tracePoints(): Promise<Point[]> {
    const points = new Map<string, Point>();
    for (const [index, life] of LIVES.entries()) {
      const trace = path.join(this.#dopq.dir, `trace-${index}`);
      await this.#dopq.stop();
      await this.#dopq.start({ DOPQ_CRASH_TRACE: trace });
      await this.#work.drop(life);
      await this.#look('a life without a crash');
      const passed = Map.groupBy(readFileSync(trace, 'utf8').split('\n').filter(Boolean), (name) => name);
      for (const [name, each] of passed) {
        const point = points.get(name) ?? { name, lives: [] };
        point.lives.push({ life, passes: each.length });
        points.set(name, point);
      }
    }
    return [...points.values()];
  }

  /** Each of these crashes, and now and then a look at what became of all jobs. @returns how many died */
  async crashAtEach(crashes: readonly Crash[], victim: Victim): Promise<number> {
    let deaths = 0;
    await this.#dopq.stop();
    for (const [index, crash] of crashes.entries()) {
      const { point, pass } = crash;
      const isLook = (index + 1) % CRASHES_PER_LOOK === 0 || index === crashes.length - 1;
      // A later pass than the first may not come.
      const died = (await this.#crashAt(crash)) || (pass > 1 && (await this.#crashAt({ ...crash, pass: 1 })));
      if (died) deaths += 1;
      const next = crashes[index + 1];
      const livesOn = victim === 'provider' && !isLook && (index + 1) % PROVIDERS_PER_LIFE !== 0;
      if (died && livesOn && next?.point === point && next.pass === pass) continue;
      if (victim === 'server') await this.#dopq.ended();
      else {
        // The server lives on and starts another one.
        await this.#work.finished();
        await this.#dopq.stop();
      }
      if (!isLook) continue;
      await this.#dopq.start();
      await this.#look(`${point}:${pass} or one of those before`);
      await this.#dopq.stop();
    }
    return deaths;
  }

  /** A new job, and a death at the point: of a new server, or of the next Provider of the one that goes on. */
  async #crashAt({ point, pass, life }: Crash): Promise<boolean> {
    await this.#work.drop(life);
    rmSync(this.#mark, { force: true });
    if (this.#dopq.pid === undefined)
      this.#dopq.launch({ DOPQ_CRASH_AT: `${point}:${pass}`, DOPQ_CRASH_MARK: this.#mark });
    await waitFor(async () => existsSync(this.#mark) || (pass > 1 && (await this.#work.hasFinished())), {
      timeoutMs: 60_000,
      intervalMs: pass > 1 ? 100 : 25,
      message: () => `${point}:${pass} to be reached; ${this.#dopq.said().slice(-2000)}`,
    });
    if (existsSync(this.#mark)) return true;
    await this.#dopq.stop();
    return false;
  }

  async #look(after: string): Promise<void> {
    const untrue = await this.#work.untrueEnds();
    if (untrue.length > 0) throw new Error(`after ${after}: ${untrue.join('; ')}`);
    await this.#work.settled();
    this.probeMs = Math.max(this.probeMs, await this.#work.probe());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#cancelling;
    await this.#dopq[Symbol.asyncDispose]();
  }
}

/** Those whose hash with the seed is lowest; in the nightly run that is all of them. */
function sample(due: Point[], count: number): Point[] {
  const wanted = due.filter(({ name }) => name.includes(ONLY));
  const rank = ({ name }: Point) => createHash('sha256').update(`${SEED} ${name}`).digest('hex');
  return wanted.toSorted((a, b) => rank(a).localeCompare(rank(b))).slice(0, ROUNDS > 0 ? POINTS : count);
}

/** All of the sample kill one product once. */
async function crashOnceAtEach(due: Point[], victim: Victim): Promise<void> {
  await using scene = await Scene.on(engines[0] as PrivateEngine);
  expect(
    await scene.crashAtEach(
      due.map((point) => crashOf(point, 0)),
      victim,
    ),
  ).toBe(due.length);
}

/** Each point kills a product of its own again and again. One that fails does not keep the others from being tried. */
async function crashOftenAtEach(due: Point[], victim: Victim): Promise<void> {
  const rest = due.values();
  const failures: string[] = [];
  let [deaths, tried, probeMs] = [0, 0, 0];
  const lane = async (engine: PrivateEngine) => {
    for (const point of rest) {
      try {
        await using scene = await Scene.on(engine);
        const died = await scene.crashAtEach(crashesOf(point), victim);
        deaths += died;
        probeMs = Math.max(probeMs, scene.probeMs);
      } catch (error) {
        failures.push(`${point.name}: ${error instanceof Error ? error.message : String(error)}`);
        console.log(failures.at(-1));
      }
      console.log(
        `${++tried} of ${due.length} points, last ${point.name}: ${deaths} deaths of the ${victim}, a probe job took ${Math.round(probeMs)} ms at most`,
      );
    }
  };
  await Promise.all(engines.map(lane));
  expect(failures).toEqual([]);
  expect(deaths).toBe(due.length * ROUNDS);
}

/** The lives take turns, and with each turn it is a later pass. */
function crashOf({ name, lives }: Point, round: number): Crash {
  const { life, passes } = lives[round % lives.length] as Point['lives'][number];
  const turn = Math.floor(round / lives.length);
  // Up to half of the passes that were seen: another such life may pass it fewer times.
  return { point: name, life, pass: 1 + (turn % Math.ceil(passes / 2)) };
}

/** The same passes follow each other. */
function crashesOf(point: Point): Crash[] {
  return Array.from({ length: ROUNDS }, (_, round) => crashOf(point, round)).toSorted((a, b) => a.pass - b.pass);
}

const crash = ROUNDS > 0 ? crashOftenAtEach : crashOnceAtEach;
const often =
  ROUNDS > 0 ? `at ${Number.isFinite(POINTS) ? POINTS : 'every one'}, ${ROUNDS} times` : `a sample by seed ${SEED}`;
const isOfProvider = ({ name }: Point) => /^(fact|provider)\./.test(name);

describe('SIGKILL, and nothing is lost, run twice or misjudged', () => {
  it(`of the server around durable writes and engine calls: ${often} (rows 32, 33, 42, 52)`, async () => {
    const due = points.filter((point) => !isOfProvider(point));
    expect(due.length).toBeGreaterThan(30);
    await crash(sample(due, SAMPLE.server), 'server');
  }, 14_400_000);

  it(`of the Provider around its facts and engine calls: ${often} (row 52)`, async () => {
    const all = points.filter(isOfProvider);
    expect(all.length).toBeGreaterThan(15);
    const due = all.filter(({ name }) => !/\.(alive|share)\./.test(name));
    await crash(sample(due, SAMPLE.provider), 'provider');
  }, 14_400_000);
});
