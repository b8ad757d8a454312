// (p) How many predicted starts are kept when nobody knows who comes next: a trace is run through the plan, the first prediction of
// each waiting job is kept, as the server does, and held against its start.
import { readFileSync } from 'node:fs';
import {
  forecast,
  widened,
  wideningOf,
  parseClusterCsv,
  parseSwf,
  plan,
  type Policy,
  type QueuedJob,
  type RunningJob,
  type PastRun,
  type Trace,
} from '@dopq/scheduler';

const HOUR = 3_600_000;
/** Jobs of a trace that are played, and the first ones, which only teach. */
const [PLAYED, LEARNED] = [600, 150];

export function promises(): string[] {
  const [tasks, machines, gpus] = (process.env.DOPQ_BENCH_TRACE ?? '').split(',');
  const traces: [string, Trace][] = [['made up: 12 users of 8 GPUs, each with run times of their own', labTrace()]];
  if (tasks) traces.push([tasks.split('/').at(-1) ?? '', readTrace(tasks, machines ?? '', Number(gpus))]);
  const policies: Policy[] = [{ kind: 'fifo' }, { kind: 'fair-share' }];
  return traces.flatMap(([name, trace]) =>
    policies.map((policy) => {
      const { told, p50, p90 } = kept(trace, policy);
      const part = (count: number): string => `${((100 * count) / told).toFixed(1)} %`;
      return `(p) ${name}, ${policy.kind}: of ${told} waiting jobs ${part(p50)} started by their P50, ${part(p90)} by their P90`;
    }),
  );
}

function kept(trace: Trace, policy: Policy): { told: number; p50: number; p90: number } {
  const jobs = trace.jobs.slice(0, PLAYED);
  const promised = new Map<number, { p50At: number; p90At: number }>();
  const startedAt = new Map<number, number>();
  const history: PastRun[] = [];
  let running: (RunningJob & { realEndAt: number })[] = [];
  let queued: QueuedJob[] = [];
  let next = 0;
  const users = [...new Set(jobs.map(({ user }) => user))];
  const { machines } = trace;
  const models = new Map(machines.flatMap(({ gpus }) => gpus.map(({ uuid, model }) => [uuid, model] as const)));
  for (let now = jobs[0]?.submittedAt ?? 0; Number.isFinite(now); ) {
    for (const { id, user, startedAt: from, gpuUuids, memoryBytes, cpus } of running.filter(
      ({ realEndAt }) => realEndAt <= now,
    )) {
      history.push({
        id,
        user,
        startedAt: from,
        finishedAt: now,
        models: gpuUuids.map((uuid) => models.get(uuid) ?? ''),
        memoryBytes,
        cpus,
      });
    }
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
      startedAt.set(start.jobId, now);
      const limitEndAt = job.requestedMs === undefined ? undefined : now + job.requestedMs;
      running.push({ ...job, ...start, id: start.jobId, startedAt: now, limitEndAt, realEndAt: now + job.runMs });
    }
    const gone = new Set(starts.map(({ jobId }) => jobId));
    queued = queued.filter(({ id }) => !gone.has(id));
    if (came.some((id) => id >= LEARNED && !gone.has(id))) {
      const predictions = widened(
        forecast({ machines, queued, running, history, users }, policy, now),
        now,
        wideningOf(keptOf(promised, startedAt)),
      );
      for (const id of came) {
        const prediction = predictions.get(id);
        if (id >= LEARNED && !gone.has(id) && prediction) promised.set(id, prediction);
      }
    }
    now = Math.min(jobs[next]?.submittedAt ?? Infinity, ...running.map(({ realEndAt }) => realEndAt));
  }
  const p50 = [...promised].filter(([id, { p50At }]) => (startedAt.get(id) ?? Infinity) <= p50At).length;
  return { told: promised.size, p50, p90: keptOf(promised, startedAt).keptP90 };
}

/** Of the promises to jobs that have started, how many were kept: what the server counts. */
function keptOf(promised: ReadonlyMap<number, { p90At: number }>, startedAt: ReadonlyMap<number, number>) {
  const over = [...promised].flatMap(([id, { p90At }]) => {
    const at = startedAt.get(id);
    return at === undefined ? [] : [at <= p90At];
  });
  return { started: over.length, keptP90: over.filter(Boolean).length };
}

function readTrace(tasks: string, machines: string, gpus: number): Trace {
  const text = readFileSync(tasks, 'utf8');
  const one = `sn,cpu_milli,memory_mib,gpu,model\nm,1e12,1e12,${gpus},GPU\n`;
  const parsed = tasks.endsWith('.csv')
    ? parseClusterCsv(machines ? readFileSync(machines, 'utf8') : one, text)
    : parseSwf(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.trace;
}

/** Users come in working hours, some more than others, with run times that scatter around their own. */
function labTrace(): Trace {
  let state = 7;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const gauss = (): number => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  let at = 0;
  const jobs = Array.from({ length: PLAYED }, () => {
    at += -Math.log(random()) * 0.62 * HOUR;
    const user = Math.floor(random() ** 2 * 12);
    const runMs = Math.min(48, Math.max(0.05, (1 + (user % 6)) * Math.exp(0.6 * gauss()))) * HOUR;
    const numGpus = [1, 1, 1, 2, 1, 4][Math.floor(random() * 6)] ?? 1;
    return {
      user: `u${user}`,
      submittedAt: Math.round(at),
      runMs: Math.round(runMs),
      numGpus,
      numSlots: 1,
      memoryBytes: 0,
      cpus: 1,
    };
  });
  const gpu = (uuid: string) => ({ uuid, model: 'A100', memoryBytes: 80e9, slots: 1, usable: true });
  const gpus = Array.from({ length: 8 }, (_, index) => gpu(`g${index}`));
  return { machines: [{ id: 'm', gpus, memoryBytes: 2 ** 40, cpus: 64 }], jobs, unusable: 0 };
}
