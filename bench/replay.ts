// A trace run through the plan as the server runs its queue, with a prediction for each job that has to wait, told with the
// calibration that the record gives at that moment: the code that predicts in earnest, on somebody's real past.
import {
  calibrated,
  calibrationOf,
  forecast,
  type PastRun,
  plan,
  type Policy,
  type QueuedJob,
  type RunningJob,
  type Snapshot,
  type Told,
  type Trace,
} from '@dopq/scheduler';

const HOUR = 3_600_000;
/** So many runs of the past are known at most, so many promises are learned from, as in the server. */
const [PAST, RECORD] = [2000, 2000];

export interface Promise extends Told {
  at: number;
  /** What a plan gives in which every job runs as long as its user's last two did on average; from `at`. */
  baseMs: number;
  /** Run times, ms: as it was, and as the user's last runs say it (median; mean of the last two). */
  ranMs: number;
  medianMs: number;
  lastTwoMs: number;
}

interface Running extends RunningJob {
  realEndAt: number;
}

/** @param most so many jobs are told; the replay ends when all of them have started */
export function replay({ machines, jobs }: Trace, policy: Policy, most: number): Promise[] {
  const promises = new Map<number, Promise>();
  const users = [...new Set(jobs.map(({ user }) => user))];
  const models = new Map(machines.flatMap(({ gpus }) => gpus.map(({ uuid, model }) => [uuid, model] as const)));
  let history: PastRun[] = [];
  let running: Running[] = [];
  let queued: QueuedJob[] = [];
  let next = 0;
  const isOver = (): boolean => promises.size >= most && ![...promises.values()].some(({ started }) => !started);
  for (let now = jobs[0]?.submittedAt ?? 0; Number.isFinite(now) && !isOver(); ) {
    for (const job of running.filter(({ realEndAt }) => realEndAt <= now)) {
      const { id, user, startedAt, gpuUuids, memoryBytes, cpus } = job;
      const had = gpuUuids.map((uuid) => models.get(uuid) ?? '');
      history.push({ id, user, startedAt, finishedAt: now, models: had, memoryBytes, cpus });
    }
    if (history.length > 2 * PAST) history = history.slice(-PAST);
    running = running.filter(({ realEndAt }) => realEndAt > now);
    const came: number[] = [];
    for (; (jobs[next]?.submittedAt ?? Infinity) <= now; next += 1) {
      const { runMs: _, submittedAt, requestedMs, ...request } = jobs[next]!;
      queued.push({ ...request, id: next, queuedAt: submittedAt, timeLimitMs: requestedMs });
      came.push(next);
    }
    const { starts } = plan({ machines, queued, running, history, users }, policy, now);
    for (const start of starts) {
      const job = jobs[start.jobId]!;
      const limitEndAt = job.requestedMs === undefined ? undefined : now + job.requestedMs;
      running.push({ ...job, ...start, id: start.jobId, startedAt: now, limitEndAt, realEndAt: now + job.runMs });
      const promise = promises.get(start.jobId);
      if (promise) Object.assign(promise, { waitedMs: now - promise.at, started: true });
    }
    const gone = new Set(starts.map(({ jobId }) => jobId));
    queued = queued.filter(({ id }) => !gone.has(id));
    const waits = came.filter((id) => !gone.has(id));
    if (waits.length > 0 && promises.size < most) {
      tell({ machines, queued, running, history, users }, waits);
    }
    now = Math.min(jobs[next]?.submittedAt ?? Infinity, ...running.map(({ realEndAt }) => realEndAt));
  }
  return [...promises.values()];

  function tell(snapshot: Snapshot, ids: readonly number[]): void {
    const now = Math.max(...ids.map((id) => jobs[id]?.submittedAt ?? 0));
    for (const promise of promises.values()) if (!promise.started) promise.waitedMs = now - promise.at;
    const foreseen = forecast(snapshot, policy, now);
    const told = calibrated(foreseen, now, calibrationOf([...promises.values()].slice(-RECORD)));
    const base = forecast(asLastTwo(snapshot), policy, now, { walks: 1 });
    for (const id of ids) {
      const [before, after, plain, job] = [foreseen.get(id), told.get(id), base.get(id), jobs[id]];
      if (!before || !after || !plain || !job) continue;
      const { medianMs, lastTwoMs } = runTimes(snapshot.history, job.user, job.requestedMs);
      promises.set(id, {
        at: now,
        foreseenP50Ms: before.p50At - now,
        foreseenP90Ms: before.p90At - now,
        toldP50Ms: after.p50At - now,
        toldP90Ms: after.p90At - now,
        baseMs: plain.p50At - now,
        ranMs: job.runMs,
        medianMs,
        lastTwoMs,
        waitedMs: 0,
        started: false,
      });
    }
  }
}

function asLastTwo(snapshot: Snapshot): Snapshot {
  const { queued, running, history } = snapshot;
  return {
    ...snapshot,
    queued: queued.map((job) => ({ ...job, expectedRunMs: runTimes(history, job.user, job.timeLimitMs).lastTwoMs })),
    running: running.map((job) => {
      const limitMs = job.limitEndAt === undefined ? undefined : job.limitEndAt - job.startedAt;
      return { ...job, expectedEndAt: job.startedAt + runTimes(history, job.user, limitMs).lastTwoMs };
    }),
  };
}

/** Of a user's newest runs, or everyone's where there are none; never more than the limit. */
function runTimes(
  history: readonly PastRun[],
  user: string,
  limitMs = Infinity,
): Record<'medianMs' | 'lastTwoMs', number> {
  const own = history.filter((run) => run.user === user);
  const newest = (own.length > 0 ? own : history).slice(-50).map((run) => run.finishedAt - run.startedAt);
  const ascending = newest.toSorted((a, b) => a - b);
  const lastTwo = newest.slice(-2);
  return {
    medianMs: Math.min(limitMs, ascending[Math.ceil(ascending.length / 2) - 1] ?? HOUR),
    lastTwoMs: Math.min(limitMs, lastTwo.length > 0 ? lastTwo.reduce((sum, ms) => sum + ms, 0) / lastTwo.length : HOUR),
  };
}
