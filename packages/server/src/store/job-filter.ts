// Which rows a list of jobs holds and in which order, as parts of a query.
import { JOB_STATES, type JobSort, type JobState, type Outcome } from '@dopq/contract';
import { type ExpressionBuilder, type ExpressionWrapper, type Kysely, type SqlBool, sql } from 'kysely';
import type { JobTable, Schema } from './schema.ts';

/** Everything that is given has to hold. */
export interface JobFilter {
  scope: 'active' | 'finished' | 'all';
  user?: string | undefined;
  state?: JobState | undefined;
  outcome?: Outcome | undefined;
  /** Any of these. */
  states?: readonly JobState[] | undefined;
  outcomes?: readonly Outcome[] | undefined;
  /** Part of name, file or reason, or the job's number. */
  text?: string | undefined;
  /** UUID of a GPU it was given. */
  gpu?: string | undefined;
  /** Which of its times `since` and `until` are about. */
  date?: 'created' | 'started' | 'finished' | undefined;
  /** Milliseconds since 1970, both ends included. */
  since?: number | undefined;
  until?: number | undefined;
}

/** Named one by one, so that the index on states is used and the history is not walked. */
export const ACTIVE_STATES: readonly JobState[] = JOB_STATES.filter((state) => state !== 'finished');

/** Spelled out: an index of the history alone is used for nothing less. */
const FINISHED = sql<SqlBool>`state = 'finished'`;

type Builder = ExpressionBuilder<Schema, 'jobs'>;
const DATES = { created: 'createdAt', started: 'startedAt', finished: 'finishedAt' } as const;

/** A history that was cleared is in no list any more. */
export function matchesFilter(filter: JobFilter) {
  return (eb: Builder): ExpressionWrapper<Schema, 'jobs', SqlBool> => {
    const date = DATES[filter.date ?? 'created'];
    return eb.and([
      eb('clearedAt', 'is', null),
      ...(filter.scope === 'active' ? [eb('state', 'in', [...ACTIVE_STATES])] : []),
      ...(filter.scope === 'finished' ? [FINISHED] : []),
      ...(filter.user === undefined ? [] : [eb('user', '=', filter.user)]),
      ...(filter.state === undefined ? [] : [eb('state', '=', filter.state)]),
      ...(filter.outcome === undefined ? [] : [eb('outcome', '=', filter.outcome)]),
      ...(filter.states === undefined ? [] : [eb('state', 'in', [...filter.states])]),
      ...(filter.outcomes === undefined ? [] : [eb('outcome', 'in', [...filter.outcomes])]),
      ...(filter.since === undefined ? [] : [eb(date, '>=', filter.since)]),
      ...(filter.until === undefined ? [] : [eb(date, '<=', filter.until)]),
      ...(filter.text === undefined || filter.text.trim() === '' ? [] : [hasText(eb, filter.text.trim())]),
      ...(filter.gpu === undefined ? [] : [ranOn(eb, filter.gpu)]),
    ]);
  };
}

/** Everything of a job that is searched, in small letters (of ASCII, as the database has them). As in the index jobsByText. */
const TEXT = "lower(name || char(10) || file || char(10) || coalesce(reason, ''))";

function hasText(eb: Builder, text: string) {
  const contains = sql<SqlBool>`instr(${sql.raw(TEXT)}, lower(${text})) > 0`;
  const id = /^#?(\d{1,15})$/.exec(text)?.[1];
  return id === undefined ? contains : eb.or([contains, eb('id', '=', Number(id))]);
}

function ranOn(eb: Builder, uuid: string) {
  return eb.exists(
    eb
      .selectFrom('attempts')
      .select('attempts.jobId')
      .whereRef('attempts.jobId', '=', 'jobs.id')
      .where(sql<SqlBool>`instr(attempts.gpuUuids, ${JSON.stringify(uuid)}) > 0`),
  );
}

/** What a list is sorted by; jobs without a value come last, whichever way it goes. `index`: of the history, see 0001-first.ts. */
export const SORT_BY: Record<
  Exclude<JobSort, 'serving'>,
  { expression: string; isOptional?: boolean; index?: string }
> = {
  id: { expression: 'id', index: 'historyById' },
  name: { expression: 'name collate nocase', index: 'historyByName' },
  user: { expression: 'user collate nocase', index: 'historyByUser' },
  state: { expression: 'state' },
  priority: { expression: 'priority' },
  num_gpus: { expression: 'numGpus', isOptional: true, index: 'historyByGpus' },
  memory: { expression: 'memoryBytes', isOptional: true, index: 'historyByMemory' },
  created: { expression: 'createdAt', index: 'historyByCreation' },
  queued: { expression: 'queuedAt', isOptional: true, index: 'historyByQueueing' },
  started: { expression: 'startedAt', isOptional: true, index: 'historyByStart' },
  finished: { expression: 'finishedAt', isOptional: true, index: 'historyByEnd' },
  wait_time: { expression: '(startedAt - queuedAt)', isOptional: true, index: 'historyByWait' },
  run_time: { expression: '(finishedAt - startedAt)', isOptional: true, index: 'historyByRun' },
};

/** The index with the order of a history that is narrowed by nothing that is better looked for first. */
export function sortIndex(filter: JobFilter, sort: Exclude<JobSort, 'serving'>): string | undefined {
  const { scope, user, since, until, gpu, text } = filter;
  const isNarrow = [user, since, until, gpu].some((given) => given !== undefined) || (text ?? '').trim() !== '';
  return scope === 'finished' && !isNarrow ? SORT_BY[sort].index : undefined;
}

/** The index that is read where a text is looked for in more than the active jobs: a fifth of what a walk over the rows costs. */
export function textIndex({ scope, text }: JobFilter): string | undefined {
  return scope !== 'active' && (text ?? '').trim() !== '' ? 'jobsByText' : undefined;
}

/** The table of jobs, read by that index: left to itself the database takes the one on states and sorts all of the history. */
export function jobsBy(db: Kysely<Schema>, index: string | undefined) {
  return db.selectFrom(
    sql<JobTable>`jobs`.as<'jobs'>(sql.raw(index === undefined ? 'jobs' : `jobs indexed by ${index}`)),
  );
}
