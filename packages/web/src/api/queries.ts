// Every question a page asks, each once: pages that ask the same share the answer.
import { keepPreviousData, QueryClient, useQuery } from '@tanstack/react-query';
import { api, refusalOf } from './client.ts';
import { seen } from './live.ts';

const EVERY_MS = 2000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      refetchInterval: EVERY_MS,
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

queryClient.getQueryCache().subscribe(({ type, query }) => {
  if (type !== 'updated') return;
  const { status, error } = query.state;
  if (status === 'success' || (status === 'error' && refusalOf(error).code !== 'UNREACHABLE')) seen();
});

export const useStatus = () => useQuery({ queryKey: ['status'], queryFn: () => api.status() });

export const useGpus = () => useQuery({ queryKey: ['gpus'], queryFn: () => api.gpus.list() });

export const useUsers = () => useQuery({ queryKey: ['users'], queryFn: () => api.users.list() });

/** Everything that is not finished, in the order it is served. */
export const useActiveJobs = () =>
  useQuery({
    queryKey: ['jobs', 'active'],
    queryFn: () => api.jobs.list({ scope: 'active', limit: 10_000 }),
    // A very long queue is a very long answer.
    refetchInterval: ({ state }) => ((state.data?.length ?? 0) > 1000 ? 5 * EVERY_MS : EVERY_MS),
  });

export const useFinishedJobs = (limit = 500) =>
  useQuery({
    queryKey: ['jobs', 'finished', limit],
    queryFn: () => api.jobs.list({ scope: 'finished', limit }),
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
