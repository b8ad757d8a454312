// Small drawings of one number each. Every one stands beside its number in words.
import { memo } from 'react';
import type { Tone } from '../words/states.ts';

const percent = (part: number): string => `${Math.min(100, Math.max(0, part * 100)).toFixed(1)}%`;

/** @param part 0 to 1 */
export function Meter({ part, tone = 'rest' }: { part: number; tone?: Tone }) {
  return (
    <span className={`meter tone-${tone}`} aria-hidden="true">
      <i style={{ width: percent(part) }} />
    </span>
  );
}

/** A penalty against the fair share: the track goes from 0 to 2 shares, the tick stands at 1. */
export function ShareBar({ penalty }: { penalty: number }) {
  return (
    <span className="share" aria-hidden="true">
      <i style={{ width: percent(penalty / 2) }} />
      <b />
    </span>
  );
}

/** A predicted start on an axis that all rows share: tick at P50, bar to P90. Milliseconds. */
export function RangeBar({ from, to, p50, p90 }: { from: number; to: number; p50: number; p90: number }) {
  const place = (ms: number): number => (ms - from) / Math.max(1, to - from);
  const start = Math.min(0.985, Math.max(0, place(p50)));
  return (
    <span className="range" aria-hidden="true">
      <i style={{ left: percent(start), width: percent(Math.min(1, place(p90)) - start) }} />
      <b style={{ left: percent(start) }} />
    </span>
  );
}

const HEIGHT = 28;
const WIDTH = 200;

/** Ten minutes of a percentage, always on 0 to 100; null = not read then. Old values are on the left. */
export function Spark({ values, tone, label }: { values: readonly (number | null)[]; tone: Tone; label: string }) {
  return (
    <svg
      className={`spark tone-${tone}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <SparkLine values={values} />
    </svg>
  );
}

/** Apart from its label, which may say another value each second. */
const SparkLine = memo(function SparkLine({ values }: { values: readonly (number | null)[] }) {
  const x = (index: number): string => ((index / Math.max(1, values.length - 1)) * WIDTH).toFixed(0);
  const y = (value: number): string =>
    (HEIGHT - 1 - (Math.min(100, Math.max(0, value)) / 100) * (HEIGHT - 3)).toFixed(1);
  const points = values.map((value, index) => (value === null ? null : `${x(index)} ${y(value)}`));
  const known = points.filter((point) => point !== null);
  const first = values.findIndex((value) => value !== null);
  const line = known.length > 0 ? `M${known.join(' ')}` : '';
  return (
    <>
      {line && <path className="area" d={`${line} ${WIDTH} ${HEIGHT} ${x(first)} ${HEIGHT}z`} />}
      <path className="base" d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} />
      {line && <path className="line" d={line} />}
    </>
  );
});
