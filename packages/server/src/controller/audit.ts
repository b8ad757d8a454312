// The audit log: what was done at the door, and what was refused there. Written for every procedure and route from one
// place each, so that none can be forgotten; what changes the database is written in the transaction that changes it, so
// that there is neither an act without its entry nor an entry without its act.
import { AsyncLocalStorage } from 'node:async_hooks';
import { type AuditEntry, type AuditQuery, DopqError, type Rights } from '@dopq/contract';
import { ORPCError } from '@orpc/server';
import { maskText } from '../secrets/mask.ts';
import type { AuditFilter, AuditRecord } from '../store/audit.ts';
import { auditNameOf, type Caller } from './caller.ts';
import type { ControllerDeps } from './deps.ts';

export interface Act {
  /** Procedure or route. */
  what: string;
  rights: Rights;
  /** As it came. */
  input: unknown;
}

/** The only parts of an input that are written down. Whatever may be secret is none of them. */
const TOLD = new Set(
  (
    'reason message priority nice to anchor by_seconds force until policy gpu machine ' +
    'shares max_running_jobs max_running_gpus max_queued_jobs uid role scope expires_in_days user name before forget_use stop_jobs kind command'
  ).split(' '),
);
/** The same refusal again within this time is not written again: nobody may fill the disk with refusals. */
const AGAIN_MS = 60_000;
const MAX_REMEMBERED = 5000;

/** An act from its beginning to its end. */
export interface OpenAct {
  /** What `steps` change, now or later, is recorded together with the entry of this act. */
  run<T>(steps: () => T): T;
  /** It has ended; `error` undefined = it was done. Writes the entry if nothing was changed that it could go with. */
  close(error?: unknown): void;
}

export class AuditLog {
  readonly #deps: Pick<ControllerDeps, 'store' | 'clock' | 'secrets'>;
  readonly #refused = new Map<string, number>();
  /** What writes the entry of the act that the running code is a part of; it does so once. */
  readonly #underWay = new AsyncLocalStorage<() => void>();

  constructor(deps: Pick<ControllerDeps, 'store' | 'clock' | 'secrets'>) {
    this.#deps = deps;
    deps.store.beforeCommit(() => this.#underWay.getStore()?.());
  }

  open(caller: Caller, act: Act): OpenAct {
    let isOpen = true;
    const writeDone = () => {
      if (isOpen) this.#write(caller, act);
      isOpen = false;
    };
    return {
      run: (steps) => (act.rights.kind === 'read' ? steps() : this.#underWay.run(writeDone, steps)),
      close: (error) => {
        if (error === undefined) return writeDone();
        isOpen = false;
        this.#write(caller, act, error);
      },
    };
  }

  #write(caller: Caller, { what, rights, input }: Act, error?: unknown): void {
    const code = error === undefined ? null : codeOf(error);
    const result = error === undefined ? 'done' : isRefusal(error) ? 'refused' : 'failed';
    if (rights.kind === 'read' && result !== 'refused') return;
    // A visitor who has not signed in yet is no news.
    if (caller.how === 'nothing' && code === 'SIGN_IN_NEEDED') return;
    const who = auditNameOf(caller);
    const which = whichOf(input);
    const at = this.#deps.clock.now();
    if (result === 'refused' && this.#isRepeated([who, caller.from, what, which, code].join('\n'), at)) return;
    const { role, how, from: fromWhere } = caller;
    const details = this.#masked(detailsOf(input), caller);
    this.#deps.store.audit.append({ at, who, role, how, fromWhere, what, which, details, result, code });
  }

  /** What people type may have a secret of theirs in it. */
  #masked(details: string | null, { user }: Caller): string | null {
    return details === null || user === null ? details : maskText(details, this.#deps.secrets.toMask(user));
  }

  #isRepeated(key: string, at: number): boolean {
    const last = this.#refused.get(key);
    if (last !== undefined && at - last < AGAIN_MS) return true;
    if (this.#refused.size >= MAX_REMEMBERED) this.#refused.clear();
    this.#refused.set(key, at);
    return false;
  }
}

/** Newest first. */
export function listAudit({ store }: ControllerDeps, query: AuditQuery): AuditEntry[] {
  return store.audit.list(filterOf(query)).map(presentEntry);
}

/** All of it that fits the query, oldest first, without holding it in memory. */
export function* exportAudit({ store }: ControllerDeps, query: AuditQuery): Generator<string> {
  let afterSeq = 0;
  for (;;) {
    const page = store.audit.list({ ...filterOf(query), limit: 1000, afterSeq });
    for (const record of page) yield `${JSON.stringify(presentEntry(record))}\n`;
    const last = page.at(-1);
    if (!last) return;
    afterSeq = last.seq;
  }
}

function filterOf(query: AuditQuery): AuditFilter {
  const { since, until, before_seq: beforeSeq, ...rest } = query;
  const instant = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));
  return { ...rest, since: instant(since), until: instant(until), beforeSeq };
}

function presentEntry({ at, fromWhere, ...entry }: AuditRecord): AuditEntry {
  return { ...entry, at: new Date(at).toISOString(), from: fromWhere };
}

function isRefusal(error: unknown): boolean {
  const { status } = error as { status?: unknown };
  return status === 401 || status === 403 || status === 421 || status === 429;
}

function codeOf(error: unknown): string {
  return error instanceof DopqError || error instanceof ORPCError ? String(error.code) : 'INTERNAL_SERVER_ERROR';
}

/** What the act is about, in a word. */
function whichOf(input: unknown): string | null {
  if (typeof input !== 'object' || input === null) return null;
  const { id, ids, name, user } = input as Record<string, unknown>;
  if (Array.isArray(ids)) {
    const shown = ids.slice(0, 20).map((each) => `#${String(each)}`);
    return shown.join(' ') + (ids.length > shown.length ? ` and ${ids.length - shown.length} more` : '');
  }
  if (typeof id === 'number') return `#${id}`;
  const text = user ?? name;
  return typeof text === 'string' ? text.slice(0, 100) : null;
}

function detailsOf(input: unknown): string | null {
  if (typeof input !== 'object' || input === null) return null;
  const told = Object.entries(input)
    .map(([key, value]) => [key, Array.isArray(value) ? value.join(' ') : value] as const)
    .filter(([key, value]) => TOLD.has(key) && value !== undefined && typeof value !== 'object')
    .map(([key, value]) => [key, typeof value === 'string' ? value.slice(0, 500) : value] as const);
  return told.length === 0 ? null : JSON.stringify(Object.fromEntries(told));
}
