// Why a job waits, and what a user's penalty is made of: the queue's own answers in the words of the contract.
import { type Comparison, DopqError, type Explanation, type Ledger, type LedgerLine } from '@dopq/contract';
import type { Alternative, Counterfactual, LedgerLine as Line } from '@dopq/scheduler';
import { queueSettings } from '../queue-rules/policy.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { ControllerDeps } from './deps.ts';
import { efficiencyOf } from './efficiency.ts';
import { present, recordOf } from './jobs.ts';

const MOST_AHEAD = 20;

/** @throws DopqError JOB_NOT_FOUND */
export function explainJob(deps: ControllerDeps, id: number): Explanation {
  const record = recordOf(deps, id);
  const view = deps.queue.view();
  const job = present(deps, record, view);
  const found = deps.queue.explain(id);
  const stop = deps.queue.stopped();
  const ahead = job.position === null ? [] : view.order.slice(0, Math.min(job.position - 1, MOST_AHEAD));
  return {
    job: { ...job, problems: record.problems },
    stopped: stop?.reason ?? null,
    stopped_until: stop?.until ?? null,
    penalty: view.penalties.get(job.user) ?? 0,
    start_at: isoOrNull(found?.startAt),
    alternatives: (found?.alternatives ?? []).map(presentAlternative),
    counterfactuals: (found?.counterfactuals ?? []).map(presentCounterfactual),
    efficiency: efficiencyOf(deps, record),
    ahead: ahead.map((other) => {
      const { name, user, priority } = recordOf(deps, other);
      return { id: other, name, user, priority, penalty: view.penalties.get(user) ?? 0 };
    }),
  };
}

/** @throws DopqError JOB_NOT_FOUND, JOB_NOT_WAITING if one of them is not queued */
export function compareJobs(deps: ControllerDeps, id: number, other: number): Comparison {
  const [a, b] = [recordOf(deps, id), recordOf(deps, other)];
  for (const { id: one, state, outcome } of [a, b]) {
    if (state !== 'queued')
      throw new DopqError('JOB_NOT_WAITING', `Job #${one} does not wait: it is ${outcome ?? state}.`);
  }
  const view = deps.queue.view();
  const penaltyOf = (user: string): number => view.penalties.get(user) ?? 0;
  return {
    first: view.order.indexOf(a.id) <= view.order.indexOf(b.id) ? a.id : b.id,
    decided_by: decidedBy(a, b, penaltyOf),
    jobs: [a, b].map((job) => ({ job: present(deps, job, view), ledger: readLedger(deps, job.user) })),
  };
}

function decidedBy(a: JobRecord, b: JobRecord, penaltyOf: (user: string) => number): Comparison['decided_by'] {
  if (a.priority !== b.priority) return 'priority';
  if (a.user === b.user) return a.nice === b.nice && a.ownRank === b.ownRank ? 'age' : 'own_order';
  return penaltyOf(a.user) === penaltyOf(b.user) ? 'age' : 'penalty';
}

/** @throws DopqError USER_NOT_FOUND */
export function readLedger(deps: ControllerDeps, user: string): Ledger {
  const { store, queue } = deps;
  if (!store.users.find(user)) throw new DopqError('USER_NOT_FOUND', `There is no user "${user}".`);
  const { policy, halfLifeMs } = queueSettings(deps);
  const ledger = queue.ledger(user) ?? { penalty: 0, share: 1, lines: [] };
  return {
    user,
    policy,
    penalty: ledger.penalty,
    share: ledger.share,
    half_life_seconds: policy === 'fair-share' ? halfLifeMs / 1000 : null,
    lines: ledger.lines.map((line) => presentLine(line, store.jobs.find(line.jobId)?.name ?? '')),
  };
}

function presentAlternative({
  machineId,
  model,
  startAt,
  blockers,
  clear,
}: Alternative): Explanation['alternatives'][0] {
  return {
    machine: machineId,
    model: model ?? null,
    start_at: isoOrNull(startAt),
    blockers: blockers.map((one) => ({
      kind: one.kind,
      resource: one.kind === 'rule' ? null : one.resource,
      text: one.text,
    })),
    clear: clear.filter(({ needed }) => needed > 0).map(({ text }) => text),
  };
}

function presentCounterfactual({ text, startAt, gainMs }: Counterfactual): Explanation['counterfactuals'][0] {
  return { text, start_at: isoOrNull(startAt), gain_seconds: gainMs === undefined ? null : gainMs / 1000 };
}

function presentLine({ jobId, startedAt, finishedAt, use, position, penalty }: Line, name: string): LedgerLine {
  return {
    job_id: jobId,
    name,
    started_at: new Date(startedAt).toISOString(),
    finished_at: isoOrNull(finishedAt),
    use: use
      ? {
          gpus: use.amounts.gpus,
          memory_bytes: use.amounts.memoryBytes,
          cpus: use.amounts.cpus,
          costs: { gpus: use.costs.gpus, memory: use.costs.memoryBytes, cpus: use.costs.cpus },
          rate: use.rate,
          ran_seconds: use.ranMs / 1000,
          expected_seconds: use.expectedMs / 1000,
          remaining: use.remaining,
        }
      : null,
    position: position ?? null,
    penalty,
  };
}

function isoOrNull(at: number | undefined): string | null {
  return at === undefined || !Number.isFinite(at) ? null : new Date(at).toISOString();
}
