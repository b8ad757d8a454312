// What would be said of a submission, and when it would start if it came now.
import type { Judged, JudgementNow } from '@dopq/contract';
import { forecast, type Prediction, type QueuedJob } from '@dopq/scheduler';
import type { z } from 'zod';
import type { ControllerDeps } from './deps.ts';

export function judgeNow(deps: ControllerDeps, judged: z.infer<typeof Judged>): JudgementNow {
  const judgement = deps.provider.judge(judged);
  const { asks } = judgement;
  const unknown = { ...judgement, predicted_start_at: null, predicted_start_p90_at: null };
  if (!asks || asks.memory_bytes === null) return unknown;
  const prediction = predictNew(deps, {
    user: asks.user ?? '',
    numGpus: asks.num_gpus,
    numSlots: asks.num_slots,
    memoryBytes: asks.memory_bytes,
    cpus: asks.cpus ?? 0,
    timeLimitMs: asks.time_limit_seconds === null ? undefined : asks.time_limit_seconds * 1000,
  });
  if (!prediction) return unknown;
  const { p50At, p90At } = prediction;
  return {
    ...judgement,
    predicted_start_at: new Date(p50At).toISOString(),
    predicted_start_p90_at: new Date(p90At).toISOString(),
  };
}

/** A walk through more than so many waiting jobs would keep the loop waiting. */
const MOST_WAITING = 1000;
const WALKS = 8;

/** Undefined where it never would, where nothing starts now, or where too many wait to say so quickly. */
function predictNew({ queue, clock }: ControllerDeps, job: Omit<QueuedJob, 'id' | 'queuedAt'>): Prediction | undefined {
  const outlook = queue.stopped() === undefined ? queue.outlook() : undefined;
  if (!outlook || outlook.snapshot.queued.length > MOST_WAITING) return undefined;
  const now = clock.now();
  const id = Number.MAX_SAFE_INTEGER;
  const queued = [...outlook.snapshot.queued, { ...job, id, queuedAt: now }];
  return forecast({ ...outlook.snapshot, queued }, outlook.policy, now, { walks: WALKS }).get(id);
}
