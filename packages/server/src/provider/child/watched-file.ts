// One file in an inbox, from the first look at it until it is taken, refused or gone.
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../config/shape.ts';
import type { Signs } from '../whose.ts';
import { hasSuffix } from './check.ts';
import { readTarEnd, readZipEnd } from './end-record.ts';
import { showBytes } from './fetch.ts';
import type { Intake } from './intake.ts';
import { refusalInPlace } from './refusal-in-place.ts';
import { type SafeDir, UnsafeFile } from './safe-dir.ts';
import type { ServerLink } from './server-link.ts';
import { type EndRecord, Settling } from './settling.ts';
import type { Inbox } from './share.ts';

export interface WatchParts {
  config: Config;
  link: ServerLink;
  intake: Intake;
}

/** What a look at the file saw. */
export interface Sight {
  identity: string;
  bytes: number;
  isRegular: boolean;
  /** It lies on this machine. */
  isLocal: boolean;
  /** What tells whose it is. */
  signs: Signs | null;
}

type Phase =
  | 'watching'
  | 'taking'
  /** Its copy is ours; what stands there is a leftover. */
  | 'taken'
  /** Nothing is done about this very file. */
  | 'left';

const NOT_REGULAR = 'it is no regular file: links, FIFOs and the like are not followed. Put the archive itself here.';

export class WatchedFile {
  readonly inbox: Inbox;
  readonly file: string;
  readonly #parts: WatchParts;
  readonly #settling: Settling;
  #phase: Phase = 'watching';
  #jobId: number | null = null;
  #signs: Signs | null = null;
  #lastReason = '';

  constructor(parts: WatchParts, inbox: Inbox, file: string) {
    this.#parts = parts;
    this.inbox = inbox;
    this.file = file;
    this.#settling = new Settling(parts.config.fetcher);
  }

  get phase(): Phase {
    return this.#phase;
  }

  get jobId(): number | null {
    return this.#jobId;
  }

  /** When another look at it is worth it, milliseconds; undefined = nobody waits for it. */
  get lookAgainMs(): number | undefined {
    return this.#phase === 'watching' ? this.#settling.lookAgainMs : undefined;
  }

  /** True if nothing but another file of the name could make it worth a look. */
  isOver(identity: string): boolean {
    return (this.#phase === 'left' || this.#phase === 'taken') && this.#settling.identity === identity;
  }

  /** The job was cancelled. */
  leave(): void {
    this.#phase = 'left';
  }

  /** The first look. */
  async meet(dir: SafeDir, { identity, bytes, isRegular, signs }: Sight): Promise<void> {
    this.#settling.observe(identity, performance.now());
    if (!isRegular) return await this.#refuse(dir, NOT_REGULAR);
    const { path: inbox, user } = this.inbox;
    this.#signs = signs;
    const answer = await this.#parts.link.ask('seen', { inbox, user, file: this.file, bytes, identity, signs });
    this.#jobId = answer.jobId;
    if (answer.as === 'refused') await this.#refuse(dir, answer.why);
    if (answer.as === 'ignore') this.#phase = 'left';
    if (answer.as === 'taken') {
      this.#phase = 'taken';
      await this.clear(dir);
    }
  }

  /** Each look after the first. */
  async follow(dir: SafeDir, sight: Sight): Promise<void> {
    const { identity, bytes, signs, isLocal } = sight;
    // Somebody else may have put theirs in its place, or opened the folder.
    if (!sight.isRegular || !isDeepStrictEqual(signs, this.#signs)) return await this.meet(dir, sight);
    const { stalledMs, maxUploadBytes } = this.#parts.config.fetcher;
    const verdict = this.#settling.observe(identity, performance.now());
    // A zip tells by its checksums that it is whole, a tar does not. On a network share what we see may be older than it is.
    const early = verdict.is === 'early' && isLocal && !this.#isTar;
    if (verdict.is === 'resting' || (verdict.is === 'early' && !early)) return;
    if (verdict.is === 'growing') return await this.#tell(`still being copied, ${showBytes(bytes)} so far`);
    if (verdict.is === 'incomplete') return await this.#tell(incompleteWords(verdict.why, bytes, stalledMs));
    if (bytes > maxUploadBytes) return await this.#refuseSize(bytes, maxUploadBytes);
    if (verdict.is === 'given_up') return this.#take(bytes, { givenUp: true });
    const end = await this.#readEnd(dir, bytes);
    if (end === undefined) return;
    if (end.complete) this.#take(bytes, { early });
    else if (early) this.#settling.markNotWhole();
    else this.#settling.markIncomplete(end.why);
  }

  /** Removes the leftover of a file that was taken; a share that does not allow it keeps it. */
  async clear(dir: SafeDir): Promise<void> {
    await dir.removeSame(this.file, this.#settling.identity).catch(() => false);
  }

  /** It is not there any more. */
  async vanish(): Promise<void> {
    if (this.#phase === 'watching' && this.#jobId !== null) await this.#parts.link.ask('gone', { jobId: this.#jobId });
  }

  async #readEnd(dir: SafeDir, bytes: number): Promise<EndRecord | undefined> {
    try {
      await using handle = await dir.openFile(this.file);
      return await (this.#isTar ? readTarEnd : readZipEnd)(handle, bytes);
    } catch (error) {
      if (error instanceof UnsafeFile) await this.#tell(`${error.message}: put a copy here instead of a link`);
      else if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return undefined;
    }
  }

  get #isTar(): boolean {
    return hasSuffix(this.file, this.#parts.config.builder.loadSuffixes);
  }

  #take(bytes: number, how: { givenUp?: boolean; early?: boolean }): void {
    if (this.#jobId === null) return;
    this.#phase = 'taking';
    void this.#awaitTaken(this.#jobId, bytes, how);
  }

  /** Hands it over to the intake; when it was not complete after all, it is watched again. */
  async #awaitTaken(
    jobId: number,
    bytes: number,
    { givenUp = false, early = false }: { givenUp?: boolean; early?: boolean },
  ): Promise<void> {
    const { intake, config } = this.#parts;
    const { path: inbox, user } = this.inbox;
    const { identity } = this.#settling;
    const owner = this.#signs && { uid: this.#signs.fileUid, isPrivate: this.#signs.fileIsPrivate };
    const taken = await intake.take({ jobId, inbox, user, file: this.file, identity, owner, bytes, givenUp, early });
    if (taken.is === 'taken') this.#phase = 'taken';
    else if (taken.is === 'cancelled') this.#phase = 'left';
    else this.#phase = 'watching';
    if (taken.is !== 'damaged') return;
    if (early) return this.#settling.markNotWhole();
    this.#settling.markDamaged(taken.why);
    await this.#tell(incompleteWords(taken.why, bytes, config.fetcher.stalledMs));
  }

  async #tell(reason: string): Promise<void> {
    if (this.#jobId === null || this.#lastReason === reason) return;
    this.#lastReason = reason;
    await this.#parts.link.ask('waiting', { jobId: this.#jobId, reason });
  }

  /** Says beside it why it stays where it is. */
  async #refuse(dir: SafeDir, why: string): Promise<void> {
    this.#phase = 'left';
    await refusalInPlace(dir, this.file, why).catch(() => undefined);
  }

  /** Too large to be copied: the job ends, and the server has the file moved aside. */
  async #refuseSize(bytes: number, maxBytes: number): Promise<void> {
    this.#phase = 'left';
    if (this.#jobId === null) return;
    const problem = {
      file: this.file,
      field: '',
      rule: `at most ${showBytes(maxBytes)}`,
      message: `is ${showBytes(bytes)} large`,
      fix: 'Leave data out of it, or ask the administrator to raise "[fetcher] max.upload".',
    };
    await this.#parts.link.ask('rejected', { jobId: this.#jobId, problems: [problem] });
  }
}

function incompleteWords(why: string, bytes: number, stalledMs: number): string {
  const minutes = Math.max(1, Math.round(stalledMs / 60_000));
  return `not complete yet: ${why} (${showBytes(bytes)} so far); refused if it stays so for ${minutes} minutes`;
}
