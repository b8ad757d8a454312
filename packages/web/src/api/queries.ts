// Every question a page asks, each once: pages that ask the same share the answer.
import type { JobState } from '@dopq/contract';
import { keepPreviousData, QueryClient, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api, refusalOf } from './client.ts';
import { isTold, seen, startFeed, welcome } from './live.ts';

/** How often to ask where no feed tells of changes, and to be sure where one does. */
const EVERY_MS = 2000;
const SELDOM_MS = 30_000;
const PULSE_MS = 3000;

const every = (): number => (isTold() ? SELDOM_MS : EVERY_MS);

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      refetchInterval: every,
      refetchIntervalInBackground: false,
      // A refusal is an answer; only silence is worth asking again, and the interval does that.
      retry: false,
      staleTime: 500,
      // Data stays on the page while newer data is fetched, or cannot be.
      placeholderData: keepPreviousData,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

// An answer, not a question: a query that was answered once is a success also while it asks again.
queryClient.getQueryCache().subscribe((event) => {
  if (event.type !== 'updated') return;
  const { action } = event;
  const isAnswer = action.type === 'success' && action.manual !== true;
  if (isAnswer || (action.type === 'error' && refusalOf(action.error).code !== 'UNREACHABLE')) seen();
});

/** Asked often enough to know within five seconds that the server is gone, also where nothing ever changes. */
export const useStatus = () =>
  useQuery({ queryKey: ['status'], queryFn: () => api.status(), refetchInterval: PULSE_MS });

export const useGpus = () => useQuery({ queryKey: ['gpus'], queryFn: () => api.gpus.list() });

export const useUsers = () => useQuery({ queryKey: ['users'], queryFn: () => api.users.list() });

/** States of a job that is enqueued, as people say it. */
export const WAITING: readonly JobState[] = ['queued', 'held', 'building', 'checking', 'receiving'];

/** What runs; never more than there are slots on the machines. */
export const useRunningJobs = () =>
  useQuery({
    queryKey: ['jobs', 'running'],
    queryFn: () => api.jobs.list({ scope: 'active', states: ['starting', 'running'], limit: 1000 }),
  });

/** The head of the queue, and how long all of it is. */
export const useQueueHead = (rows: number) =>
  useQuery({
    queryKey: ['jobs', 'head', rows],
    queryFn: () => api.jobs.page({ scope: 'active', states: [...WAITING], limit: rows }),
  });

/** Rows that are asked for at once. */
const PER_PAGE = 500;
/** So many pages are asked for anew at each change; a longer list twice a minute and after one's own actions. */
const FRESH_PAGES = 2;

/** The queue in scheduling order, page after page as somebody scrolls. */
export const useQueue = (filter: { states: readonly JobState[]; user?: string }) =>
  useInfiniteQuery({
    queryKey: ['jobs', 'queue', filter],
    queryFn: ({ pageParam }) =>
      api.jobs.page({
        scope: 'active',
        states: [...filter.states],
        ...(filter.user !== undefined && { user: filter.user }),
        offset: pageParam,
        limit: PER_PAGE,
      }),
    initialPageParam: 0,
    getNextPageParam: ({ offset, jobs, total }) => (offset + jobs.length < total ? offset + jobs.length : undefined),
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 0) > FRESH_PAGES ? SELDOM_MS : every()),
    placeholderData: keepPreviousData,
  });

/** What ended last, newest first. */
export const useFinishedHead = (rows: number) =>
  useQuery({
    queryKey: ['jobs', 'finished', rows],
    queryFn: () => api.jobs.page({ scope: 'finished', limit: rows }),
  });

export interface Today {
  finished: number;
  succeeded: number;
  failed: number;
  /** From queued to started, of what started today; null if nothing did. */
  waitP50Ms: number | null;
  waitP90Ms: number | null;
}

/**
 * The day so far in figures, counted by the server.
 * @param sinceMs the browser's midnight
 * @param newest what changes when they may have: the job that ended last
 */
export const useToday = (sinceMs: number, newest: number | undefined) =>
  useQuery({
    queryKey: ['today', sinceMs, newest],
    queryFn: async (): Promise<Today> => {
      const since = new Date(sinceMs).toISOString();
      const [{ total: finished }, { total }] = await Promise.all([
        api.jobs.page({ scope: 'finished', date: 'finished', since, limit: 1 }),
        api.usage.report({ from: since }),
      ]);
      const inMs = (seconds: number | null): number | null => (seconds === null ? null : seconds * 1000);
      return {
        finished,
        succeeded: total.succeeded,
        failed: Math.max(0, finished - total.succeeded - total.cancelled),
        waitP50Ms: inMs(total.wait_seconds_p50),
        waitP90Ms: inMs(total.wait_seconds_p90),
      };
    },
    refetchInterval: SELDOM_MS,
  });

export const useJob = (id: number) => useQuery({ queryKey: ['job', id], queryFn: () => api.jobs.get({ id }) });

export const useEvents = (id: number) =>
  useQuery({ queryKey: ['job', id, 'events'], queryFn: () => api.jobs.events({ id }) });

export const useExplanation = (id: number | undefined) =>
  useQuery({
    queryKey: ['job', id, 'explain'],
    queryFn: () => api.jobs.explain({ id: id ?? 0 }),
    enabled: id !== undefined,
    placeholderData: (previous) => (previous?.job.id === id ? previous : undefined),
  });

export const useLedger = (name: string | undefined) =>
  useQuery({
    queryKey: ['user', name, 'ledger'],
    queryFn: () => api.users.ledger({ name: name ?? '' }),
    enabled: name !== undefined && name !== '',
    placeholderData: (previous) => (previous?.user === name ? previous : undefined),
  });

/** Asked at their own pace: nothing that is recorded changes them. */
const APART = ['today', 'series', 'files', 'judge', 'job-config', 'limits'];

/** What the feed does not stand for: measurements have their own pace, and a very long list is not asked for each second. */
function isFollowed({ queryKey, state }: { queryKey: readonly unknown[]; state: { data: unknown } }): boolean {
  const pages = (state.data as { pages?: unknown[] } | undefined)?.pages;
  return !APART.includes(String(queryKey[0])) && !(pages && pages.length > FRESH_PAGES);
}

/** Follows the feed as long as the viewer is signed in; done once for a page. */
export function follow(isIn: boolean): void {
  welcome(isIn);
  if (!isIn) return;
  startFeed(() => {
    if (document.visibilityState !== 'visible') return;
    void queryClient.invalidateQueries({ predicate: isFollowed }, { cancelRefetch: false });
  });
}
