// Which jobs a list holds, in which order, and which part of it.
import { z } from 'zod';
import { Instant, Job, JobState, Outcome } from './job.ts';

/** What a job has to be like; everything that is given has to hold. */
const filter = {
  /** `active`: everything not finished; `finished`: the history; `all`: both. */
  scope: z.enum(['active', 'finished', 'all']).default('active'),
  user: z.string().optional(),
  state: JobState.optional(),
  outcome: Outcome.optional(),
  /** Any of these. */
  states: z.array(JobState).max(20).optional(),
  outcomes: z.array(Outcome).max(20).optional(),
  /** A part of its name, its file or its reason, without regard to case, or its number (`42`, `#42`). */
  text: z.string().max(200).optional(),
  /** GPU that it was given, by UUID. */
  gpu: z.string().max(100).optional(),
  /** Which of its times `since` and `until` are about. */
  date: z.enum(['created', 'started', 'finished']).default('created'),
  since: Instant.optional(),
  until: Instant.optional(),
};

export const ListJobs = z.object({ ...filter, limit: z.int().min(1).max(10_000).default(500) });

/** `serving`: as they run and will run, then the history, newest first; everything else is a column. */
export const JobSort = z.enum([
  'serving',
  'id',
  'name',
  'user',
  'state',
  'priority',
  'num_gpus',
  'memory',
  'created',
  'queued',
  'started',
  'finished',
  'wait_time',
  'run_time',
]);
export type JobSort = z.infer<typeof JobSort>;

export const PageJobs = z.object({
  ...filter,
  sort: JobSort.default('serving'),
  descending: z.boolean().default(false),
  offset: z.int().nonnegative().default(0),
  limit: z.int().min(1).max(1000).default(50),
});
export type PageJobs = z.infer<typeof PageJobs>;

export const JobPage = z.object({
  jobs: z.array(Job),
  /** How many there are on all pages. */
  total: z.int().nonnegative(),
  offset: z.int().nonnegative(),
});
export type JobPage = z.infer<typeof JobPage>;

/** What became of each job that was to be deleted. */
export const Deletion = z.object({
  deleted: z.array(z.int().positive()),
  refused: z.array(z.object({ id: z.int().positive(), code: z.string(), message: z.string(), fix: z.string() })),
});
export type Deletion = z.infer<typeof Deletion>;
