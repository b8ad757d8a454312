// Times and durations as people say them. Pure: the present is a parameter.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const two = (value: number): string => String(value).padStart(2, '0');

/** An instant of the wire in milliseconds since 1970. */
export const at = (instant: string): number => Date.parse(instant);

/** `14:32`, `14:32:07` with seconds; on another day than today `12 Nov 10:18`; in another year with the year. */
export function clock(ms: number, now: number, { seconds = false } = {}): string {
  const then = new Date(ms);
  const today = new Date(now);
  const time = `${two(then.getHours())}:${two(then.getMinutes())}${seconds ? `:${two(then.getSeconds())}` : ''}`;
  if (then.toDateString() === today.toDateString()) return time;
  const day = dayWords(ms);
  return then.getFullYear() === today.getFullYear() ? `${day} ${time}` : `${day} ${then.getFullYear()}`;
}

/** `12 Nov`. */
export function dayWords(ms: number): string {
  const day = new Date(ms);
  return `${day.getDate()} ${MONTHS[day.getMonth()]}`;
}

/** `20 s`, `47 min`, `9 h 41`, `12 d 4 h`: two units at most. */
export function duration(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < MINUTE) return `${Math.round(whole / SECOND) === 60 ? 59 : Math.round(whole / SECOND)} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min`;
  if (whole < DAY) return `${Math.floor(whole / HOUR)} h ${two(Math.floor((whole % HOUR) / MINUTE))}`;
  const hours = Math.floor((whole % DAY) / HOUR);
  return `${Math.floor(whole / DAY)} d${hours === 0 ? '' : ` ${hours} h`}`;
}

/** `3 min 41`, `0.8 s`, `1.9 s`: for steps that take moments. */
export function shortDuration(ms: number): string {
  if (ms < 10 * SECOND) return `${(Math.max(0, ms) / SECOND).toFixed(1)} s`;
  if (ms < MINUTE || ms >= HOUR) return duration(ms);
  return `${Math.floor(ms / MINUTE)} min ${two(Math.floor((ms % MINUTE) / SECOND))}`;
}

/** The second time of a range, shortened when it is on the same day as the first. */
export function rangeEnd(fromMs: number, toMs: number, now: number): string {
  const to = new Date(toMs);
  return new Date(fromMs).toDateString() === to.toDateString()
    ? `${two(to.getHours())}:${two(to.getMinutes())}`
    : clock(toMs, now);
}

/** Midnight of the day of `now`, in the browser's time zone. */
export function startOfDay(now: number): number {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}
