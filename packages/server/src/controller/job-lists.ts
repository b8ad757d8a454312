// Jobs in the order they will be served, or by any column, whole or page by page: filtered and sorted here, so that a
// client never has to hold more than it shows.
import type { Job, JobPage, ListJobs, PageJobs } from '@dopq/contract';
import type { z } from 'zod';
import type { JobFilter } from '../store/job-filter.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { ControllerDeps, QueueView } from './deps.ts';
import { present } from './jobs.ts';

/** Where a job stands in the list of active jobs: what runs, then what waits for a GPU, then what is not so far yet. */
const STAGE = ['running', 'starting', 'queued', 'held', 'building', 'checking', 'receiving', 'finished'] as const;

/** Active jobs in the order they are served, then finished ones, newest first. */
export function listJobs(deps: ControllerDeps, query: z.infer<typeof ListJobs>): Job[] {
  const { limit } = query;
  const filter = filterOf(query);
  const view = deps.queue.view();
  const active = filter.scope === 'finished' ? [] : deps.store.jobs.list({ ...filter, scope: 'active', limit });
  // Views are bounded by max.history; accounting is not.
  const room = Math.min(limit - active.length, deps.config.queue.maxHistory);
  const finished =
    filter.scope === 'active' || room <= 0 ? [] : deps.store.jobs.list({ ...filter, scope: 'finished', limit: room });
  return [...inServingOrder(active, view), ...finished].map((job) => present(deps, job, view));
}

/** One page; unlike a whole list it reaches as far back as the history does. */
export function pageJobs(deps: ControllerDeps, query: PageJobs): JobPage {
  const { sort, descending, offset, limit } = query;
  const { jobs, jobPages } = deps.store;
  const filter = filterOf(query);
  const view = deps.queue.view();
  const show = (job: JobRecord) => present(deps, job, view);
  if (sort !== 'serving') {
    const total = jobPages.count(filter);
    return { jobs: jobPages.page(filter, { sort, descending, offset, limit }).map(show), total, offset };
  }
  const active = filter.scope === 'finished' ? [] : activeInOrder(deps, view, filter);
  const total = active.length + (filter.scope === 'active' ? 0 : jobPages.count({ ...filter, scope: 'finished' }));
  const ids = active.slice(offset, offset + limit);
  const rest = {
    sort: 'finished',
    descending: true,
    offset: Math.max(0, offset - active.length),
    limit: limit - ids.length,
  } as const;
  const finished =
    filter.scope === 'active' || rest.limit === 0 ? [] : jobPages.page({ ...filter, scope: 'finished' }, rest);
  return { jobs: [...ids.map((id) => jobs.get(id)), ...finished].map(show), total, offset };
}

/** Of a view: all active jobs in the order they are served, as of a version of the table. */
const orders = new WeakMap<QueueView['order'], { of: string; ids: readonly number[] }>();

/** Ids of the active jobs that match, in the order they are served. The order of all of them is made once for all who ask. */
function activeInOrder(
  { store: { jobs, jobPages } }: ControllerDeps,
  view: QueueView,
  filter: JobFilter,
): readonly number[] {
  const of = `${jobs.version} ${view.order.length}`;
  let all = orders.get(view.order);
  if (all?.of !== of) {
    all = { of, ids: inServingOrder(jobPages.stages({ scope: 'active' }), view).map(({ id }) => id) };
    orders.set(view.order, all);
  }
  const { scope: _, ...narrowedBy } = filter;
  if (Object.values(narrowedBy).every((given) => given === undefined)) return all.ids;
  const matching = new Set(jobPages.stages({ ...filter, scope: 'active' }).map(({ id }) => id));
  return all.ids.filter((id) => matching.has(id));
}

function filterOf(query: z.infer<typeof ListJobs> | PageJobs): JobFilter {
  const { scope, user, state, outcome, states, outcomes, text, gpu, date, since, until } = query;
  const isDated = since !== undefined || until !== undefined;
  return {
    scope,
    user,
    state,
    outcome,
    states,
    outcomes,
    text,
    gpu,
    date: isDated ? date : undefined,
    since: since === undefined ? undefined : Date.parse(since),
    until: until === undefined ? undefined : Date.parse(until),
  };
}

function inServingOrder<J extends Pick<JobRecord, 'id' | 'state' | 'startedAt'>>(jobs: J[], view: QueueView): J[] {
  const place = new Map(view.order.map((id, index) => [id, index]));
  return jobs.toSorted(
    (a, b) =>
      STAGE.indexOf(a.state) - STAGE.indexOf(b.state) ||
      (place.get(a.id) ?? Number.MAX_SAFE_INTEGER) - (place.get(b.id) ?? Number.MAX_SAFE_INTEGER) ||
      (a.startedAt ?? 0) - (b.startedAt ?? 0) ||
      a.id - b.id,
  );
}
