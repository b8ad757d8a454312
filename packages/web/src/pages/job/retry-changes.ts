// A retry says what is to be other than in the container_config.json of the archive; the page lets people edit the whole.
import type { JobConfig } from '@dopq/contract';
import { readObject } from '../submit/form-fields.ts';

/** Whose job it is cannot be changed, so it is not offered. */
const FIXED = 'executor_name';

type Changes = JobConfig['changes'];

/** What the job ran with, as text to edit. */
export function textToBegin({ config, changes }: JobConfig): string {
  const object = { ...readObject(config ?? '{}'), ...changes };
  const kept = Object.entries(object).filter(([key, value]) => key !== FIXED && value !== null);
  return `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`;
}

/**
 * Fields that the edited text says otherwise; null takes one away.
 * @returns undefined if the text is no JSON object
 */
export function changesOf(before: string, after: string): Changes | undefined {
  const [old, next] = [readObject(before) ?? {}, readObject(after)];
  if (!next) return undefined;
  const keys = [...new Set([...Object.keys(old), ...Object.keys(next)])].filter((key) => key !== FIXED);
  const differ = keys.filter((key) => JSON.stringify(old[key]) !== JSON.stringify(next[key]));
  return Object.fromEntries(differ.map((key) => [key, next[key] ?? null])) as Changes;
}
