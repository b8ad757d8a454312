// How well a replay gives what was recorded: how many jobs start in the recorded order.
import type { Simulation } from './simulate.ts';

export interface Fidelity {
  /** Jobs that started in the record and in the replay. */
  jobs: number;
  /** The most of them that can be left standing so that both orders agree; all of them = the same order. */
  inOrder: number;
}

/** Jobs that were recorded at the same moment have no order among themselves. */
export function fidelityOf({ trace, order }: Simulation): Fidelity {
  const place = new Map(order.map((position, rank) => [position, rank]));
  const both = trace.jobs.flatMap(({ recordedStartAt }, position) => {
    const rank = place.get(position);
    return recordedStartAt === undefined || rank === undefined ? [] : [{ recordedStartAt, rank }];
  });
  both.sort((a, b) => a.recordedStartAt - b.recordedStartAt || a.rank - b.rank);
  return { jobs: both.length, inOrder: longestIncreasing(both.map(({ rank }) => rank)) };
}

/** Length of the longest increasing subsequence, by patience sorting. */
function longestIncreasing(ranks: readonly number[]): number {
  const tops: number[] = [];
  for (const rank of ranks) {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tops[middle] as number) < rank) low = middle + 1;
      else high = middle;
    }
    tops[low] = rank;
  }
  return tops.length;
}

/** The record itself in the form of a simulation, so that both are told in the same figures. */
export function asRecorded({ trace }: Simulation): Simulation {
  const startedAt = Float64Array.from(trace.jobs, ({ recordedStartAt }) => recordedStartAt ?? Number.NaN);
  const order = trace.jobs.map((_, position) => position).filter((position) => !Number.isNaN(startedAt[position]));
  order.sort((a, b) => (startedAt[a] as number) - (startedAt[b] as number));
  return { trace, startedAt, order };
}
