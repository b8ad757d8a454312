// Answers to "why does it wait" and "where does this penalty come from", as data; the words in them are for people.
import { z } from 'zod';
import { Instant, Job, JobDetail } from './job.ts';

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

/** What a finished job asked for against what it used; null where nothing was measured. */
export const Efficiency = z.object({
  ran_seconds: z.number(),
  time_limit_seconds: z.number().nullable(),
  /** Peak. */
  memory: z.object({ asked_bytes: z.number(), used_bytes: z.number().nullable() }),
  /** Mean. */
  cpus: z.object({ asked: z.number(), used: z.number().nullable() }),
  gpus: z.object({
    asked: z.int(),
    /** Mean over the run, and the part of it in which they did nothing; 0 to 1. */
    utilization: z.number().nullable(),
    idle: z.number().nullable(),
    /** Of each GPU; the peak of what was used. */
    memory_asked_bytes: z.number().nullable(),
    memory_used_bytes: z.number().nullable(),
  }),
  /** What would have done, and how much earlier the job would have started with it, from a replay of those hours. */
  gains: z.array(z.object({ text: z.string(), earlier_seconds: z.number().nullable() })),
});
export type Efficiency = z.infer<typeof Efficiency>;

export const Explanation = z.object({
  job: JobDetail,
  /** Why nothing at all starts now; null = things start. */
  stopped: z.string().nullable(),
  /** What ends that, as `when it is unlocked`; null = things start. */
  stopped_until: z.string().nullable(),
  /** Penalty of the job's user. */
  penalty: z.number(),
  /** From the plan: after all jobs before it; null = not known. */
  start_at: Instant.nullable(),
  /** Only for queued jobs, the earliest start first. */
  alternatives: z.array(Alternative),
  counterfactuals: z.array(Counterfactual),
  /** Of a finished job that ran. */
  efficiency: Efficiency.nullable(),
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

/** Why one waiting job goes before another. */
export const Comparison = z.object({
  /** The job that goes first. */
  first: z.int(),
  /** What decided: the class, then the penalty of the user, then the user's own order, then the age. */
  decided_by: z.enum(['priority', 'penalty', 'own_order', 'age']),
  /** Both, in the order asked for, each with the sum that makes its user's penalty. */
  jobs: z.array(z.object({ job: Job, ledger: Ledger })),
});
export type Comparison = z.infer<typeof Comparison>;
