import { parseDuration } from '@dopq/contract/units';
import { InvalidArgumentError } from 'commander';

/** Reads a length of time from the command line, such as `90m`, `2h`, `30d`. @returns seconds */
export function parseTime(text: string): number {
  const [, weeks] = /^(\d{1,4})w$/.exec(text.trim()) ?? [];
  const ms = parseDuration(weeks === undefined ? text : `${Number(weeks) * 7}d`);
  if (!ms) throw new InvalidArgumentError(`"${text}" is no length of time; they look like 90m, 2h, 1d.`);
  return ms / 1000;
}
