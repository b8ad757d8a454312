// From fine steps to coarse ones. Pure.
import type { Sample, Values } from '../store/measurements.ts';

/** Beginning of the step that a moment lies in, milliseconds. */
export function stepOf(at: number, stepSeconds: number): number {
  const stepMs = stepSeconds * 1000;
  return Math.floor(at / stepMs) * stepMs;
}

/** One sample of each subject: the mean of the means, the highest of the peaks; what was never known stays unknown. */
export function rollUp(samples: readonly Sample[], at: number): Sample[] {
  const bySubject = Map.groupBy(samples, ({ subject }) => subject);
  return [...bySubject].map(([subject, fine]) => ({
    subject,
    at,
    means: combine(
      fine.map(({ means }) => means),
      mean,
    ),
    peaks: combine(
      fine.map(({ peaks }) => peaks),
      (values) => Math.max(...values),
    ),
  }));
}

function combine(all: readonly Values[], of: (values: number[]) => number): Values {
  const metrics = new Set(all.flatMap((values) => Object.keys(values)));
  const entries = [...metrics].map((metric) => {
    const known = all.map((values) => values[metric]).filter((value) => typeof value === 'number');
    return [metric, known.length === 0 ? null : of(known)] as const;
  });
  return Object.fromEntries(entries);
}

/** To three digits after the point: no measurement is finer. */
export function mean(values: readonly number[]): number {
  return Math.round((1000 * values.reduce((sum, value) => sum + value, 0)) / values.length) / 1000;
}
