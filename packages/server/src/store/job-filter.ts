// Which rows a list of jobs holds and in which order, as parts of a query.
import { JOB_STATES, type JobSort, type JobState, type Outcome } from '@dopq/contract';
import { type ExpressionBuilder, type ExpressionWrapper, type SqlBool, sql } from 'kysely';
import type { Schema } from './schema.ts';

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

type Builder = ExpressionBuilder<Schema, 'jobs'>;
const DATES = { created: 'createdAt', started: 'startedAt', finished: 'finishedAt' } as const;

/** A history that was cleared is in no list any more. */
export function matchesFilter(filter: JobFilter) {
  return (eb: Builder): ExpressionWrapper<Schema, 'jobs', SqlBool> => {
    const date = DATES[filter.date ?? 'created'];
    return eb.and([
      eb('clearedAt', 'is', null),
      ...(filter.scope === 'active' ? [eb('state', 'in', [...ACTIVE_STATES])] : []),
      ...(filter.scope === 'finished' ? [eb('state', '=', 'finished')] : []),
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

function hasText(eb: Builder, text: string) {
  const pattern = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  const contains = (column: 'name' | 'file' | 'reason') => sql<SqlBool>`${sql.ref(column)} like ${pattern} escape '\\'`;
  const id = /^#?(\d{1,15})$/.exec(text)?.[1];
  return eb.or([
    contains('name'),
    contains('file'),
    contains('reason'),
    ...(id === undefined ? [] : [eb('id', '=', Number(id))]),
  ]);
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

/** What a list is sorted by; jobs without a value come last, whichever way it goes. */
export const SORT_BY: Record<Exclude<JobSort, 'serving'>, string> = {
  id: 'id',
  name: 'name collate nocase',
  user: 'user collate nocase',
  state: 'state',
  priority: 'priority',
  num_gpus: 'numGpus',
  memory: 'memoryBytes',
  created: 'createdAt',
  queued: 'queuedAt',
  started: 'startedAt',
  finished: 'finishedAt',
  wait_time: '(startedAt - queuedAt)',
  run_time: '(finishedAt - startedAt)',
};

const NEVER_MISSING: readonly JobSort[] = ['id', 'name', 'user', 'state', 'priority', 'created'];

/** True where every job of the list has a value to sort by. */
export function isAlwaysThere(sort: JobSort, { scope }: Pick<JobFilter, 'scope'>): boolean {
  return NEVER_MISSING.includes(sort) || (sort === 'finished' && scope === 'finished');
}
