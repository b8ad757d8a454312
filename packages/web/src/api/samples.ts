// Ten minutes of each GPU's utilisation as the server measured it, and what jobs use now.
import type { Gpu, Job, SeriesAnswer } from '@dopq/contract';
import { useMemo } from 'react';
import { useSeries } from './series.ts';

const WINDOW_S = 600;
const STEP_S = 10;
const SLOTS = WINDOW_S / STEP_S;

export interface JobUse {
  cores: number | null;
  memoryBytes: number | null;
}

/** One value per ten seconds, oldest first; null where nothing was measured. */
function inSlots(
  times: readonly number[],
  values: readonly (number | null)[] | undefined,
  endS: number,
): (number | null)[] {
  const slots: (number | null)[] = Array.from({ length: SLOTS }, () => null);
  for (const [index, time] of times.entries()) {
    const slot = SLOTS - 1 - Math.round((endS - time) / STEP_S);
    if (slot >= 0 && slot < SLOTS) slots[slot] = values?.[index] ?? null;
  }
  return slots;
}

/**
 * Measurements of what is on the overview, in one question.
 * @returns by GPU its last ten minutes, and by job what it used last
 */
export function useSamples(gpus: readonly Gpu[], jobs: readonly Job[]) {
  const running = jobs.filter(({ state }) => state === 'running').slice(0, 30);
  const subjects = [...running.map(({ id }) => `job:${id}`), ...gpus.map(({ uuid }) => `gpu:${uuid}`)];
  const { data } = useSeries(subjects, WINDOW_S * 1000);
  return useMemo(() => samplesOf(data), [data]);
}

function samplesOf(data: SeriesAnswer | undefined) {
  const bySubject = new Map(data?.series.map((series) => [series.subject, series]));
  const endS = Math.max(0, ...(data?.series.map(({ times }) => times.at(-1) ?? 0) ?? []));
  const slots = new Map<string, (number | null)[]>();
  const uses = new Map<number, JobUse>();
  for (const { subject, times, means } of bySubject.values()) {
    if (subject.startsWith('gpu:')) slots.set(subject.slice(4), inSlots(times, means['utilization_percent'], endS));
    if (!subject.startsWith('job:')) continue;
    const cpu = means['cpu_percent']?.at(-1) ?? null;
    uses.set(Number(subject.slice(4)), {
      cores: cpu === null ? null : cpu / 100,
      memoryBytes: means['memory_bytes']?.at(-1) ?? null,
    });
  }
  return {
    of: (uuid: string): readonly (number | null)[] => slots.get(uuid) ?? NOTHING,
    /** For how long an allocated GPU has done nothing, ms; 0 = it works, or is nobody's. */
    idleMs(uuid: string): number {
      const idle = bySubject.get(`gpu:${uuid}`)?.means['idle'] ?? [];
      const still = idle.length - 1 - idle.findLastIndex((value) => value !== 1);
      return still * STEP_S * 1000;
    },
    useOf: (id: number): JobUse => uses.get(id) ?? UNKNOWN,
  };
}

// The same each time: what is drawn from them is drawn once.
const NOTHING: readonly (number | null)[] = [];
const UNKNOWN: JobUse = { cores: null, memoryBytes: null };

export type Samples = ReturnType<typeof useSamples>;
