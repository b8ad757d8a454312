// Measurements over time. What a page shows is asked for in one question, or a few where there is very much of it.
import type { SeriesAnswer } from '@dopq/contract';
import { useQuery } from '@tanstack/react-query';
import { useNow } from '../parts/use-now.ts';
import { api } from './client.ts';

/** The finest step, and how often a new one comes. */
const STEP_MS = 10_000;
const MINUTE_MS = 60_000;
/** The server takes so many subjects at once. */
const MOST_SUBJECTS = 100;

/** @param range instants of the wire; without `to` until now */
export async function readSeries(
  subjects: readonly string[],
  range: { from: string; to?: string },
): Promise<SeriesAnswer> {
  const parts: string[][] = [];
  for (let at = 0; at < subjects.length; at += MOST_SUBJECTS) parts.push(subjects.slice(at, at + MOST_SUBJECTS));
  const [first, ...rest] = await Promise.all(parts.map((part) => api.series.read({ subjects: part, ...range })));
  if (!first) return { step_seconds: STEP_MS / 1000, series: [] };
  return { ...first, series: [first, ...rest].flatMap(({ series }) => series) };
}

/** @param spanMs how far back; a question of the same span is asked anew each step */
export function useSeries(subjects: string[], spanMs: number) {
  return useQuery({
    queryKey: ['series', subjects, spanMs],
    queryFn: () => readSeries(subjects, { from: new Date(Date.now() - spanMs).toISOString() }),
    enabled: subjects.length > 0,
    refetchInterval: STEP_MS,
    staleTime: STEP_MS / 2,
  });
}

/**
 * From so far back until now, in whole minutes: a picture of it is not drawn anew each second.
 * @returns Unix time, seconds
 */
export function useLast(spanMs: number): [from: number, to: number] {
  const to = useNow(MINUTE_MS) + MINUTE_MS;
  return [(to - spanMs) / 1000, to / 1000];
}

/** From one instant to another, or until now. */
export function useSeriesBetween(subjects: string[], from: string | null, to: string | null) {
  return useQuery({
    queryKey: ['series', subjects, from, to],
    queryFn: () => readSeries(subjects, { from: from ?? '', ...(to && { to }) }),
    enabled: subjects.length > 0 && from !== null,
    refetchInterval: to === null ? STEP_MS : false,
    staleTime: STEP_MS / 2,
  });
}
