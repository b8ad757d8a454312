// Times as people type them: lengths (`90m`), and points: `7d` ago, a day, or an instant.
import { parseDuration } from '@dopq/contract/units';
import { InvalidArgumentError } from 'commander';

/** Reads a length of time, such as `90m`, `2h`, `30d`, `6w`. @returns seconds */
export function parseLength(text: string): number {
  const ms = lengthMs(text);
  if (!ms) throw new InvalidArgumentError(`"${text}" is no length of time; they look like 90m, 2h, 1d.`);
  return ms / 1000;
}

/** Weeks beside what container_config.json takes: the command line looks further back. Undefined for no length. */
function lengthMs(text: string): number | undefined {
  const [, weeks] = /^(\d{1,4})w$/.exec(text.trim()) ?? [];
  return parseDuration(weeks === undefined ? text : `${Number(weeks) * 7}d`);
}

/** `7d`: so long ago; `2031-05-04`: the beginning of that day here; else ISO 8601. @returns an instant as it travels */
export function parsePast(text: string, now = Date.now()): string {
  const day = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (day) {
    const at = new Date(Number(day[1]), Number(day[2]) - 1, Number(day[3]));
    // A day that the month does not have becomes one of the next.
    return instantOf(at.getDate() === Number(day[3]) ? at.getTime() : Number.NaN, text);
  }
  const ms = /^\d{4}-/.test(text) ? undefined : lengthMs(text);
  return instantOf(ms ? now - ms : Date.parse(text), text);
}

/** `2h`: so long from now; `18:00`: today, or tomorrow if that has passed; else as `parsePast`. */
export function parseFuture(text: string, now = Date.now()): string {
  const time = /^(\d{1,2}):(\d\d)$/.exec(text);
  if (time) {
    const at = new Date(now);
    at.setHours(Number(time[1]), Number(time[2]), 0, 0);
    if (at.getTime() <= now) at.setDate(at.getDate() + 1);
    return instantOf(at.getTime(), text);
  }
  const ms = /^\d{4}-/.test(text) ? undefined : lengthMs(text);
  return ms ? instantOf(now + ms, text) : parsePast(text, now);
}

function instantOf(ms: number, text: string): string {
  if (Number.isNaN(ms))
    throw new InvalidArgumentError(`"${text}" is no time; they look like 7d, 2031-05-04 or 2031-05-04T12:00Z.`);
  return new Date(ms).toISOString();
}
