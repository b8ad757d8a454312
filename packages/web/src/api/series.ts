// Measurements over time. What a page shows is asked for in one question.
import { useQuery } from '@tanstack/react-query';
import { api } from './client.ts';

/** The finest step, and how often a new one comes. */
const STEP_MS = 10_000;
/** The server takes so many subjects at once. */
const MOST_SUBJECTS = 100;

/** @param spanMs how far back; a question of the same span is asked anew each step */
export function useSeries(subjects: string[], spanMs: number) {
  const asked = subjects.slice(0, MOST_SUBJECTS);
  return useQuery({
    queryKey: ['series', asked, spanMs],
    queryFn: () => api.series.read({ subjects: asked, from: new Date(Date.now() - spanMs).toISOString() }),
    enabled: asked.length > 0,
    refetchInterval: STEP_MS,
    staleTime: STEP_MS / 2,
  });
}

/** From one instant to another, or until now. */
export function useSeriesBetween(subjects: string[], from: string | null, to: string | null) {
  const asked = subjects.slice(0, MOST_SUBJECTS);
  return useQuery({
    queryKey: ['series', asked, from, to],
    queryFn: () => api.series.read({ subjects: asked, from: from ?? '', ...(to && { to }) }),
    enabled: asked.length > 0 && from !== null,
    refetchInterval: to === null ? STEP_MS : false,
    staleTime: STEP_MS / 2,
  });
}
