// The way of one job through the Provider: fetched, checked, image made. Every step is recorded by the server before the
// next begins, so a killed Provider goes on where the records end.
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ResumeJob } from '../protocol.ts';
import type { Building, BuildingParts } from './building.ts';
import { type Checked, checkArchive } from './check.ts';
import { dropCopy, type Expected, type Fetched, fetchArchive, type Owner, spaceProblem } from './fetch.ts';
import { identityOf, SafeDir, UnsafeFile } from './safe-dir.ts';
import { openInbox } from './share.ts';
import { Turns } from './turns.ts';
import { type About, rest, type Work } from './works.ts';

/** Archives that are copied and read through at the same time. */
const FETCHES_AT_ONCE = 2;

/** A settled file in an inbox. */
export interface SettledFile {
  jobId: number;
  inbox: string;
  user: string | null;
  file: string;
  identity: string;
  /** Whose it was when whose job it is was decided; null where that is not kept. */
  owner: Owner | null;
  bytes: number;
  /** It has been incomplete for too long: take it as it is and say what is wrong. */
  givenUp: boolean;
  /** It rests for a moment only: take it if nothing is wrong with it. */
  early: boolean;
}

export type Taken =
  /** Ours now; the original is to go. */
  | { is: 'taken' }
  /** Cancelled: it stays where it is until the server says where to. */
  | { is: 'cancelled' }
  /** Somebody is still at it. */
  | { is: 'changed' | 'gone' }
  | { is: 'damaged'; why: string };

/** Our own copy of an archive. */
interface Copy {
  path: string;
  sha256: string;
}

export interface IntakeParts extends BuildingParts {
  building: Building;
}

export class Intake {
  readonly #parts: IntakeParts;
  readonly #turns = new Turns(FETCHES_AT_ONCE);

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** Takes a file out of an inbox; what comes after that goes on by itself. */
  async take(settled: SettledFile): Promise<Taken> {
    const { jobId, user, file } = settled;
    const about = { jobId, file, line: user ?? '' };
    const taken = await this.#inTurn(about, (work) => this.#fetchSettled(settled, work));
    if (taken?.is !== 'fetched') return taken ?? { is: 'cancelled' };
    this.#carryOn(about, { ...taken, recorded: 'checking' });
    return { is: 'taken' };
  }

  /** Goes on with a job that an earlier Provider had begun, or takes an upload. */
  resume({ jobId, file, user, state, zipPath, sha256 }: ResumeJob): void {
    if (zipPath === null) return;
    const about = { jobId, file, line: user };
    if (state === 'receiving') void this.#takeUpload(about, zipPath);
    else this.#carryOn(about, { path: zipPath, sha256: sha256 ?? '', recorded: state });
  }

  async #takeUpload(about: About, zipPath: string): Promise<void> {
    const copy = await this.#inTurn(about, (work) => this.#fetchUpload(work, zipPath));
    if (copy) this.#carryOn(about, { ...copy, recorded: 'checking' });
  }

  /** From a recorded copy to an image or a refusal. */
  #carryOn(about: About, copy: Copy & { checked?: Checked; recorded: 'checking' | 'building' }): void {
    const { link, works, building } = this.#parts;
    const { jobId } = about;
    let ready = copy.checked;
    let { recorded } = copy;
    void works.run(about, async (work) => {
      const checked = ready ?? (await this.#turns.run(work.line, work.signal, () => this.#check(work, copy)));
      ready = undefined;
      const config = checked.config && textOf(checked.config.content);
      if (!checked.ok) {
        await link.ask('rejected', { jobId, problems: checked.problems, config });
        return;
      }
      const { submission, notes, recipe } = checked;
      const answer =
        recorded === 'building' ? 'build' : await link.ask('checked', { jobId, submission, notes, config });
      if (answer !== 'build') return;
      // Should the build meet trouble these steps begin anew: the server has this answer and gives it once.
      recorded = 'building';
      await building.make(work, copy.path, recipe);
    });
  }

  async #fetchSettled(settled: SettledFile, work: Work): Promise<Taken | (Copy & { is: 'fetched'; checked: Checked })> {
    const { config, link } = this.#parts;
    const { inbox: inboxPath, file, identity, owner, givenUp, early } = settled;
    const { jobId } = work;
    await this.#waitForSpace(work, settled.bytes);
    await using inbox = await openInbox(config, inboxPath);
    const path = this.#copyPathOf(work);
    const fetched = await copyWhole(inbox, file, { identity, owner }, path, work.signal);
    if (!fetched.ok) return { is: fetched.why };
    const { sha256, bytes } = fetched;
    const checked = await this.#check(work, { path, sha256 });
    // What somebody is still writing may look wrong in any way.
    if (!checked.ok && (early || checked.damaged) && !givenUp) {
      await dropCopy(path);
      return { is: 'damaged', why: checked.problems[0]?.message ?? 'it is damaged' };
    }
    if ((await link.ask('fetched', { jobId, zipPath: path, sha256, bytes, identity })) === 'stop') {
      await dropCopy(path);
      return { is: 'cancelled' };
    }
    // A share that allows no removal keeps the file; the server knows by its identity that it is done with.
    await inbox.removeSame(file, identity, sha256).catch(() => false);
    return { is: 'fetched', path, sha256, checked };
  }

  /** Brings an upload to where archives of accepted jobs are kept. */
  async #fetchUpload(work: Work, zipPath: string): Promise<Copy | undefined> {
    const { link } = this.#parts;
    const { jobId, signal } = work;
    const path = this.#copyPathOf(work);
    await using folder = await SafeDir.open(dirname(zipPath));
    const stats = await folder.find(basename(zipPath));
    if (!stats) throw new Error(`the uploaded file ${zipPath} is gone`);
    await this.#waitForSpace(work, Number(stats.size));
    const fetched = await copyWhole(
      folder,
      basename(zipPath),
      { identity: identityOf(stats), owner: null },
      path,
      signal,
    );
    if (!fetched.ok) throw new Error(`the uploaded file ${zipPath} was touched`);
    const { sha256, bytes } = fetched;
    const answer = await link.ask('fetched', { jobId, zipPath: path, sha256, bytes, identity: null });
    await rm(zipPath, { force: true });
    if (answer === 'go') return { path, sha256 };
    await dropCopy(path);
    return undefined;
  }

  async #check({ jobId, file, signal }: Work, { path, sha256 }: Copy): Promise<Checked> {
    const { config, link } = this.#parts;
    const { maxEntries, maxUnpackedBytes } = config.fetcher;
    return await checkArchive({
      path,
      file,
      sha256,
      signal,
      limits: { maxEntries, maxUnpackedBytes },
      loadSuffixes: config.builder.loadSuffixes,
      rules: await link.ask('rules', { jobId }),
    });
  }

  async #waitForSpace(work: Work, bytes: number): Promise<void> {
    const { config, works } = this.#parts;
    const { minSpaceFraction, sleepIntervalMs } = config.fetcher;
    for (;;) {
      const problem = await spaceProblem(config.paths.container, bytes, minSpaceFraction);
      if (problem === undefined) return;
      await works.say(work, problem);
      await rest(sleepIntervalMs, work.signal);
    }
  }

  #inTurn<T>(about: About, steps: (work: Work) => Promise<T>): Promise<T | undefined> {
    return this.#parts.works.run(about, (work) => this.#turns.run(work.line, work.signal, () => steps(work)));
  }

  #copyPathOf({ jobId, file }: About): string {
    return join(this.#parts.config.paths.container, String(jobId), file);
  }
}

/** Copies a file; what is left of a copy that did not succeed is removed. */
async function copyWhole(
  from: SafeDir,
  file: string,
  expected: Expected,
  path: string,
  signal: AbortSignal,
): Promise<Fetched> {
  try {
    const fetched = await fetchArchive(from, file, expected, path, signal);
    if (!fetched.ok) await dropCopy(path);
    return fetched;
  } catch (error) {
    await dropCopy(path);
    if (error instanceof UnsafeFile) return { ok: false, why: 'changed' };
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ok: false, why: 'gone' };
    throw error;
  }
}

/** To be read by people: what is no text shows where it is none. */
function textOf(content: Uint8Array): string {
  const isUtf16 = content[0] === 0xff && content[1] === 0xfe;
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(content);
}
