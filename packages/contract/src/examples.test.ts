import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSubmission } from './submission.ts';

const EXAMPLES = new URL('../../../examples/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, EXAMPLES));

const NAMES = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .toSorted();

const SERVER = { maxGpus: 2, maxSlots: 1, maxMemoryBytes: 1024 ** 3, maxCpus: 1 };

describe('the examples', () => {
  it('are those that the documentation names', () => {
    expect(NAMES).toEqual(['failing-build', 'failing-run', 'hello', 'progress', 'two-gpus']);
  });

  it.each(NAMES)('%s is valid on a machine with two GPUs, and without a note', (name) => {
    const result = parseSubmission(read(`${name}/container_config.json`), SERVER);
    expect(result).toMatchObject({ ok: true, notes: [], submission: { name, build: true } });
    expect(['alice', 'bob']).toContain(result.ok && result.submission.user);
  });

  it.each(NAMES)('%s needs nothing but busybox, and files that it has', (name) => {
    const dockerfile = read(`${name}/Dockerfile`).toString('utf8');
    expect(dockerfile).toMatch(/^FROM busybox$/m);
    const copied = [...dockerfile.matchAll(/^COPY (\S+) /gm)].map(([, file]) => file!);
    expect(copied).toHaveLength(1);
    expect(readdirSync(new URL(`${name}/`, EXAMPLES))).toContain(copied[0]);
  });

  it('two-gpus is refused where there is one GPU', () => {
    const result = parseSubmission(read('two-gpus/container_config.json'), { ...SERVER, maxGpus: 1 });
    expect(result).toMatchObject({ ok: false, problems: [{ field: 'num_gpus', fix: '"num_gpus": 1' }] });
  });
});
