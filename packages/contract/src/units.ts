// Sizes and times as people write them. Each is read here once; inside there are only bytes and milliseconds.

const KIB = 1024;
const SIZE_UNITS: Record<string, number> = { b: 1, k: KIB, m: KIB ** 2, g: KIB ** 3, t: KIB ** 4 };

export const GIB: number = KIB ** 3;

/** A unit that a bare number stands in: `required_memory` counts GB, Docker's own fields count bytes. */
export type BareSize = 'g' | 'b';

/**
 * Reads a size: a number or text such as `32`, `"32"`, `"512m"`, `"1.5 GB"`, `"32GiB"`. Units are powers of 1024, as in
 * Docker.
 * @param bare unit of a number without one
 * @returns whole bytes, or undefined if it is no size or is negative
 */
export function parseSize(value: unknown, bare: BareSize): number | undefined {
  const match = /^(\d{1,20}(?:\.\d{1,20})?) ?(?:([bkmgt])(?:i?b)?)?$/i.exec(sizeText(value));
  if (match === null) return undefined;
  const unit = match[2]?.toLowerCase() ?? bare;
  return Math.round(Number(match[1]) * SIZE_UNITS[unit]!);
}

function sizeText(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? value.toLocaleString('en', PLAIN_NUMBER) : '';
  return typeof value === 'string' ? value.trim() : '';
}

const PLAIN_NUMBER = { useGrouping: false, maximumFractionDigits: 12 } as const;

/** Bytes in the shortest exact form of our files: `32g`, `512m`; else rounded to one decimal, as in `1.5g`. */
export function formatSize(bytes: number): string {
  for (const unit of ['t', 'g', 'm', 'k']) {
    const size = SIZE_UNITS[unit]!;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  for (const unit of ['t', 'g', 'm', 'k']) {
    const size = SIZE_UNITS[unit]!;
    if (bytes >= size) return `${(bytes / size).toFixed(1).replace(/\.0$/, '')}${unit}`;
  }
  return `${bytes}b`;
}

const SHOWN_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `12.3 GiB`: three significant digits, powers of 1024 as in Docker and nvidia-smi. What every view shows. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would round to 1024 is one of the next.
  while (value >= 1023.5 && unit < SHOWN_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${Number(value.toFixed(digits))} ${SHOWN_UNITS[unit]}`;
}

const SECOND_MS = 1000;
const TIME_UNITS: Record<string, number> = {
  s: SECOND_MS,
  m: 60 * SECOND_MS,
  h: 3_600 * SECOND_MS,
  d: 86_400 * SECOND_MS,
};

/**
 * Reads a duration: seconds (`90`, `"90"`), units (`"2h"`, `"1d12h"`, `"90 min"`, `"3 days"`) or the forms of Slurm that start with
 * hours or days (`"12:00:00"`, `"1-12"`, `"1-12:00"`, `"1-12:00:00"`). Slurm's `"10:30"` (minutes and seconds) is not
 * read: everybody else takes it for hours.
 * @returns milliseconds, or undefined if it is no duration or is negative
 */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number')
    return value >= 0 && Number.isFinite(value) ? Math.round(value * SECOND_MS) : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim().toLowerCase();
  if (/^\d{1,12}$/.test(text)) return Number(text) * SECOND_MS;
  return slurmDuration(text) ?? unitDuration(text);
}

function slurmDuration(text: string): number | undefined {
  const match = /^(?:(\d{1,5})-(\d{1,2})(?::(\d{2}))?|(\d{1,5}):(\d{2})(?=:))(?::(\d{2}))?$/.exec(text);
  if (match === null) return undefined;
  const [days, hours, minutes, seconds] = [match[1], match[2] ?? match[4], match[3] ?? match[5], match[6]].map((part) =>
    Number(part ?? 0),
  ) as [number, number, number, number];
  if (minutes > 59 || seconds > 59) return undefined;
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * SECOND_MS;
}

function unitDuration(text: string): number | undefined {
  if (!/^(?:\d{1,9}(?:\.\d{1,6})? ?(?:d|days?|h|hours?|m|min|minutes?|s|seconds?)(?: |$|(?=\d)))+$/.test(text)) {
    return undefined;
  }
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?) ?(d|h|m|s)/g)) {
    totalMs += Number(amount) * TIME_UNITS[unit!]!;
  }
  return Math.round(totalMs);
}
