// The job as everyone sees it: API, `dopq ps -o json`, receipts. Field names are the wire's (snake_case).
import { z } from 'zod';
import { JOB_STATES, OUTCOMES } from './job-states.ts';
import { Problem } from './problem.ts';

export const JobState = z.enum(JOB_STATES);
export type JobState = z.infer<typeof JobState>;

export const Outcome = z.enum(OUTCOMES);
export type Outcome = z.infer<typeof Outcome>;

/** Ends after which a job may be started again, if its user says so. */
export const RETRY_OUTCOMES = [
  'failed',
  'out_of_memory',
  'timed_out',
  'interrupted',
  'lost',
  'start_failed',
] as const satisfies readonly Outcome[];
/** One of them, or an exit code of the job. */
export const RetryCause = z.union([z.enum(RETRY_OUTCOMES), z.int().min(1).max(255)]);
export type RetryCause = z.infer<typeof RetryCause>;

/** An instant on the wire: ISO 8601, UTC. */
export const Instant = z.iso.datetime();

/** The newest measurement of a running job. */
export const JobUse = z.object({
  at: Instant,
  /** Percent of one CPU: 250 = two and a half CPUs. */
  cpu_percent: z.number().nonnegative(),
  memory_bytes: z.number().nonnegative(),
  /** Mean over its GPUs, 0 to 100; null for CPU jobs and where the GPUs do not tell. */
  gpu_utilization_percent: z.number().nullable(),
  /** Sum over its GPUs, with what else is on them. */
  gpu_memory_bytes: z.number().nullable(),
});
export type JobUse = z.infer<typeof JobUse>;

export const Job = z.object({
  id: z.int().positive(),
  name: z.string(),
  user: z.string(),
  state: JobState,
  outcome: Outcome.nullable(),
  exit_code: z.int().nullable(),
  /** One clause: why it waits, what it is doing, or how it ended. */
  reason: z.string().nullable(),
  /** Who holds it, or will as soon as it is built: what an operator holds, only operators release. Null = nobody. */
  held_by: z.enum(['owner', 'operator']).nullable(),
  /** Place in the queue, 1 is next; null unless queued. */
  position: z.int().positive().nullable(),
  num_gpus: z.int().nonnegative().nullable(),
  num_slots: z.int().positive().nullable(),
  memory_bytes: z.int().nonnegative().nullable(),
  cpus: z.number().nonnegative().nullable(),
  /** Any of these; empty = any model. */
  gpu_models: z.array(z.string()),
  /** Each of its GPUs has at least so much. */
  min_gpu_memory_bytes: z.int().nonnegative().nullable(),
  /** What it takes of each of its GPUs; null = its slots' part of the memory. */
  gpu_memory_bytes: z.int().nonnegative().nullable(),
  /** Jobs that have to end before it starts; `ok`: and have to succeed. */
  after: z.array(z.object({ job_id: z.int(), condition: z.enum(['ok', 'any']) })),
  /** Its place in an array of jobs from one zip; null = a single job. `id` is the number of the array's first job. */
  array: z.object({ id: z.int(), index: z.int(), count: z.int(), max_parallel: z.int().nullable() }).nullable(),
  /** How many times it may be started again, and for what. */
  retries: z.int().nonnegative(),
  retry_on: z.array(RetryCause),
  /** So long before its time limit it is told, and with which signal; null = no limit, no signal. */
  warn_before_seconds: z.number().nullable(),
  warn_signal: z.string().nullable(),
  /** It is stopped after running so long; null = never. */
  time_limit_seconds: z.number().positive().nullable(),
  /** Class given by an operator; higher goes first, before any penalty. */
  priority: z.int(),
  /** Among the user's own jobs: lower goes first. */
  nice: z.int(),
  /** UUIDs of the GPUs it was given; empty before its start and for CPU jobs. */
  gpus: z.array(z.string()),
  /** Minor numbers of those GPUs as the machine counts them now; without those that are gone. */
  gpu_indices: z.array(z.int().nonnegative()),
  /** What it uses now; null unless it runs and was measured. */
  use: JobUse.nullable(),
  /** The job that this one is another try of. */
  retry_of: z.int().positive().nullable(),
  attempt: z.int().nonnegative(),
  container_name: z.string().nullable(),
  image: z.string().nullable(),
  source: z.enum(['share', 'upload']),
  file: z.string(),
  /** True when nothing proves whose job it is: others could have put the file there. */
  unverified: z.boolean(),
  notes: z.array(z.string()),
  log: z.string().nullable(),
  build_log: z.string().nullable(),
  created_at: Instant,
  queued_at: Instant.nullable(),
  /** It may not start earlier. */
  not_before_at: Instant.nullable(),
  /** When a queued job is expected to start: by this time in half of all cases; null = not known. */
  predicted_start_at: Instant.nullable(),
  /** By this time in nine of ten cases. */
  predicted_start_p90_at: Instant.nullable(),
  started_at: Instant.nullable(),
  finished_at: Instant.nullable(),
});
export type Job = z.infer<typeof Job>;

/** One job by itself: with what is wrong with its files, which lists leave out. */
export const JobDetail = Job.extend({ problems: z.array(Problem) });
export type JobDetail = z.infer<typeof JobDetail>;

export const JobEvent = z.object({
  seq: z.int(),
  at: Instant,
  job_id: z.int().nullable(),
  actor: z.string(),
  kind: z.string(),
  message: z.string(),
});
export type JobEvent = z.infer<typeof JobEvent>;
