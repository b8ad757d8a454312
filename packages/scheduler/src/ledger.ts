// A user's penalty, line by line: what each job cost, what has faded, what remains. The lines add up to the figure the queue
// uses, because both come from the same charges.
import { type Amounts, costsOf } from './charge.ts';
import { chargesOf, tariffOf, type Tariff } from './fair-share.ts';
import type { Policy } from './policy.ts';
import { newestFirst } from './recency.ts';
import { learnRunTimes } from './run-time.ts';
import type { Snapshot } from './snapshot.ts';

export interface LedgerLine {
  jobId: number;
  startedAt: number;
  /** Absent while it runs. */
  finishedAt?: number | undefined;
  /** Under `fair-share`: how the charge comes about. */
  use?: {
    /** Weighted GPUs, memory and CPUs it holds, and what each would cost by itself, as a part of the whole site. */
    amounts: Amounts;
    costs: Amounts;
    /** The dearest of these costs. */
    rate: number;
    /** How long it has run, and how long it is still expected to, in ms. */
    ranMs: number;
    expectedMs: number;
    /** What is left of its use after fading, 0 to 1. */
    remaining: number;
  };
  /** Under `recency`: its position in everyone's history, 0 = the newest. */
  position?: number;
  /** What it adds to the penalty. */
  penalty: number;
}

export interface Ledger {
  user: string;
  /** The sum of the lines. */
  penalty: number;
  /** The user's fair share of the site, 0 to 1; 1 where the policy knows no shares. */
  share: number;
  /** Running jobs first, then what counts most. */
  lines: LedgerLine[];
}

/** The lines that make the penalty of one user; their sum equals `penaltyOf`. Under `fifo` there are none. */
export function ledgerOf(user: string, snapshot: Snapshot, policy: Policy, now: number): Ledger {
  const tariff = policy.kind === 'fair-share' ? tariffOf(snapshot, policy) : undefined;
  const lines = tariff ? fairShareLines(user, snapshot, tariff, now) : [];
  if (policy.kind === 'recency') lines.push(...recencyLines(user, snapshot));
  lines.sort((a, b) => isRunning(b) - isRunning(a) || b.penalty - a.penalty || b.jobId - a.jobId);
  const penalty = lines.reduce((sum, line) => sum + line.penalty, 0);
  return { user, penalty, share: tariff?.shareOf(user) ?? 1, lines };
}

const isRunning = ({ finishedAt }: LedgerLine): number => (finishedAt === undefined ? 1 : 0);

function fairShareLines(user: string, snapshot: Snapshot, tariff: Tariff, now: number): LedgerLine[] {
  const share = tariff.shareOf(user);
  const lines: LedgerLine[] = [];
  for (const charge of chargesOf(snapshot, tariff, learnRunTimes(snapshot.history), now)) {
    if (charge.user !== user) continue;
    const { jobId, amounts, rate, startedAt, finishedAt, used, predicted, ranMs, expectedMs } = charge;
    const undecayed = (rate * ranMs * Math.LN2) / tariff.halfLifeMs;
    const remaining = undecayed > 0 ? used / undecayed : 1;
    const use = { amounts, costs: costsOf(amounts, tariff.prices), rate, ranMs, expectedMs, remaining };
    lines.push({ jobId, startedAt, finishedAt, use, penalty: (used + predicted) / share });
  }
  return lines;
}

function recencyLines(user: string, { history }: Snapshot): LedgerLine[] {
  return history
    .toSorted(newestFirst)
    .map((run, position): LedgerLine & { user: string } => ({
      user: run.user,
      jobId: run.id,
      startedAt: run.startedAt,
      finishedAt: run.finishedAt,
      position,
      penalty: Math.exp(-position),
    }))
    .filter((line) => line.user === user)
    .map(({ user: _, ...line }) => line);
}
