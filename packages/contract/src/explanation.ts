// Answers to "why does it wait" and "where does this penalty come from", as data; the words in them are for people.
import { z } from 'zod';
import { Instant, Job } from './job.ts';

/**
 * One thing in the way of a start. `short`: not enough is free; `kept`: free, but set aside for jobs before it;
 * `out-of-use`: there, but not given out; `too-small`: the machine never has it; `rule`: limits, turns, earliest starts.
 */
export const Blocker = z.object({
  kind: z.enum(['short', 'kept', 'out-of-use', 'too-small', 'rule']),
  resource: z.enum(['gpus', 'memory', 'cpus']).nullable(),
  text: z.string(),
});
export type Blocker = z.infer<typeof Blocker>;

/** One way in which the job could run: a machine, and a GPU model where a machine has several. */
export const Alternative = z.object({
  machine: z.string(),
  model: z.string().nullable(),
  /** When it could start here after all jobs before it; null = never as things are. */
  start_at: Instant.nullable(),
  /** All of them at once, what clears last first. Empty = it starts. */
  blockers: z.array(Blocker),
  /** What does not block. */
  clear: z.array(z.string()),
});
export type Alternative = z.infer<typeof Alternative>;

/** What its user could ask for instead, tried out. */
export const Counterfactual = z.object({
  /** As `with 1 GPU`. */
  text: z.string(),
  start_at: Instant.nullable(),
  /** How much earlier that is; 0 = no gain, null = unchanged it would never start as things are. */
  gain_seconds: z.number().nullable(),
});
export type Counterfactual = z.infer<typeof Counterfactual>;

export const Explanation = z.object({
  job: Job,
  /** Why nothing at all starts now; null = things start. */
  stopped: z.string().nullable(),
  /** Penalty of the job's user. */
  penalty: z.number(),
  /** From the plan: after all jobs before it; null = not known. */
  start_at: Instant.nullable(),
  /** Only for queued jobs, the earliest start first. */
  alternatives: z.array(Alternative),
  counterfactuals: z.array(Counterfactual),
  /** The jobs before it, next one first; at most 20 of them. */
  ahead: z.array(z.object({ id: z.int(), name: z.string(), user: z.string(), priority: z.int(), penalty: z.number() })),
});
export type Explanation = z.infer<typeof Explanation>;

/** What one run adds to a penalty. */
export const LedgerLine = z.object({
  job_id: z.int(),
  name: z.string(),
  started_at: Instant,
  /** Null while it runs. */
  finished_at: Instant.nullable(),
  /** Under `fair-share`: how the charge comes about. */
  use: z
    .object({
      /** GPUs weighted by model, memory and CPUs it holds. */
      gpus: z.number(),
      memory_bytes: z.number(),
      cpus: z.number(),
      /** What each costs by itself, as a part of the whole site; the dearest is the rate. */
      costs: z.object({ gpus: z.number(), memory: z.number(), cpus: z.number() }),
      rate: z.number(),
      ran_seconds: z.number(),
      /** How long it is still expected to run: charged at once, replaced by what it really takes. */
      expected_seconds: z.number(),
      /** What is left of its use after fading, 0 to 1. */
      remaining: z.number(),
    })
    .nullable(),
  /** Under `recency`: its place in everyone's history, 0 = the newest. */
  position: z.int().nullable(),
  penalty: z.number(),
});
export type LedgerLine = z.infer<typeof LedgerLine>;

export const Ledger = z.object({
  user: z.string(),
  policy: z.string(),
  /** The sum of the lines. */
  penalty: z.number(),
  /** The user's fair share of the site, 0 to 1; 1 where the policy knows none. */
  share: z.number(),
  /** Under `fair-share`: after so long, use counts half. */
  half_life_seconds: z.number().nullable(),
  lines: z.array(LedgerLine),
});
export type Ledger = z.infer<typeof Ledger>;
