import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatProblems } from './problem.ts';
import { RUN_PARAMS } from './run-params-table.ts';
import { formatSubmittingPage } from './submission-page.ts';
import { SUBMISSION_FIELDS } from './submission-fields.ts';
import { parseSubmission } from './submission.ts';

const PAGE = readFileSync(new URL('../../../docs/submitting.md', import.meta.url), 'utf8');

// A block of JSON; where a block of text follows it, that is what is said of it.
const EXAMPLES = [...PAGE.matchAll(/```json\n(.*?)\n```\n\n(?:```text\n(.*?)\n```)?/gs)].map(([, json, said]) => ({
  json: json!,
  said,
}));

describe('docs/submitting.md', () => {
  it('is what the tables give (else run scripts/generate-submitting-doc.ts)', () => {
    expect(PAGE).toBe(formatSubmittingPage());
  });

  it('has a row for each field and each key of run_params', () => {
    const keys = [...PAGE.matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key!);
    const tables = [...SUBMISSION_FIELDS, ...RUN_PARAMS].map(({ key }) => key);
    expect(keys.toSorted()).toEqual(tables.toSorted());
  });

  it('shows files of both kinds', () => {
    expect(EXAMPLES.filter(({ said }) => said === undefined)).toHaveLength(4);
    expect(EXAMPLES.filter(({ said }) => said !== undefined)).toHaveLength(3);
  });

  it.each(EXAMPLES)('shows a file that gets the answer it says: $json', ({ json, said }) => {
    const result = parseSubmission(json);
    expect(result.ok ? undefined : formatProblems(result.problems)).toBe(said);
  });
});
