export { formatBytes } from '@dopq/contract/units';

const SECOND_MS = 1000;

/** `4s`, `3m07s`, `2h05m`, `3d04h`: the two largest units. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND_MS));
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${two(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h${two(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d${two(hours % 24)}h`;
}

const MINUTE_MS = 60_000;

/** `<1m`, `7m`, `2h05m`, `3d04h`: a time to come, no more exact than it is known. */
export function formatWait(ms: number): string {
  if (ms < MINUTE_MS) return '<1m';
  return ms < 60 * MINUTE_MS ? `${Math.floor(ms / MINUTE_MS)}m` : formatDuration(ms);
}

/** `2031-05-04 13:02:09` in the reader's time zone. */
export function formatTime(instant: string): string {
  const at = new Date(instant);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** Milliseconds from one instant on the wire to another, or to `now`; undefined if the first is not there. */
export function elapsedMs(from: string | null, to: string | null, now: number): number | undefined {
  if (from === null) return undefined;
  return (to === null ? now : Date.parse(to)) - Date.parse(from);
}
