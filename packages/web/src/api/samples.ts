// Ten minutes of each GPU's utilisation, gathered while the page is open.
import type { Gpu } from '@dopq/contract';
import { useEffect, useReducer } from 'react';
import { useGpus } from './queries.ts';

const WINDOW_MS = 600_000;
const SLOTS = 60;

interface Sample {
  at: number;
  value: number;
}

const samples = new Map<string, Sample[]>();

function add(gpus: readonly Gpu[], at: number): void {
  for (const { uuid, utilization_percent: value } of gpus) {
    if (value === null) continue;
    const kept = (samples.get(uuid) ?? []).filter((sample) => at - sample.at < WINDOW_MS);
    samples.set(uuid, [...kept, { at, value }]);
  }
}

/** One mean per ten seconds, oldest first; null where nothing was read. */
function inSlots(uuid: string, now: number): (number | null)[] {
  const sums = Array.from({ length: SLOTS }, () => ({ sum: 0, count: 0 }));
  for (const { at, value } of samples.get(uuid) ?? []) {
    const slot = sums[SLOTS - 1 - Math.floor((now - at) / (WINDOW_MS / SLOTS))];
    if (!slot) continue;
    slot.sum += value;
    slot.count += 1;
  }
  return sums.map(({ sum, count }) => (count === 0 ? null : sum / count));
}

/** GPUs with their last ten minutes. */
export function useGpusWithSamples() {
  const query = useGpus();
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const { data, dataUpdatedAt } = query;
  useEffect(() => {
    if (!data) return;
    add(data, dataUpdatedAt);
    redraw();
  }, [data, dataUpdatedAt]);
  return { ...query, samplesOf: (uuid: string) => inSlots(uuid, dataUpdatedAt) };
}
