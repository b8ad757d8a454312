// What is wrong with a file that a user wrote, said the same way by receipts, `dopq validate` and every other view.
import { z } from 'zod';

/** One thing that is wrong, and how to mend it. Every text is safe to print: control characters come escaped. */
export const Problem = z.object({
  /** Name of the file inside the submission. */
  file: z.string(),
  /** Path of the field, for example `run_params.mem_limit`; empty if it is about the whole file. */
  field: z.string(),
  /** What would be right. */
  rule: z.string(),
  /** What is there instead. */
  message: z.string(),
  /** What to write; often text to copy. */
  fix: z.string(),
  /** Where in the file, both from 1. */
  line: z.int().exactOptional(),
  column: z.int().exactOptional(),
});
export type Problem = z.infer<typeof Problem>;

/** One problem as text of a few lines: where and what, then the rule, then the fix. */
function formatProblem(problem: Problem): string {
  const place = [
    problem.file,
    problem.line === undefined ? '' : `line ${problem.line}, column ${problem.column ?? 1}`,
    problem.field,
  ].filter((part) => part !== '');
  return [`${place.join(', ')}: ${problem.message}`, indented('rule: ', problem.rule), indented('fix:  ', problem.fix)]
    .filter((line) => line !== '')
    .join('\n');
}

/** All problems as text, a blank line between two; nothing after it but what the caller adds. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(formatProblem).join('\n\n');
}

/** What was found in a submission, as its owner reads it in the receipt and from `dopq validate`: paragraphs, each a line or more. */
export function formatFindings({
  notes,
  problems,
}: {
  notes: readonly string[];
  problems: readonly Problem[];
}): string {
  return [
    ...(notes.length > 0 ? [['Notes', ...notes.map((note) => `- ${oneLine(note)}`)].join('\n')] : []),
    ...(problems.length > 0 ? [`What has to be mended\n\n${formatProblems(problems)}`] : []),
  ].join('\n\n');
}

/** Text on one line, with nothing in it that a terminal would obey. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/gu, ' ');
}

/** A value as the user wrote it, on one line, cut to a readable length, with nothing in it that a terminal would obey. */
export function showValue(value: unknown, maxLength = 80): string {
  const text = escapeInvisible(JSON.stringify(value) ?? String(value));
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}

/** The path of a member of `parent`, quoted where the key is no plain word. */
export function fieldPath(parent: string, key: string | number): string {
  if (typeof key === 'number') return `${parent}[${key}]`;
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(key)) return `${parent}[${showValue(key)}]`;
  return parent === '' ? key : `${parent}.${key}`;
}

function indented(label: string, text: string): string {
  return text === '' ? '' : `  ${label}${text.replaceAll('\n', '\n        ')}`;
}

// JSON escapes C0 only; C1 steers terminals too, and direction marks can make a line read as something else.
const INVISIBLE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

function escapeInvisible(text: string): string {
  return text.replace(INVISIBLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
