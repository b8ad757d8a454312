import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProblems } from './problem.ts';
import { EXAMPLE_SUBMISSION, SUBMISSION_FIELDS } from './submission-fields.ts';
import { parseSubmission, type SubmissionOptions } from './submission.ts';

const GIB = 1024 ** 3;
const BASE = { name: 'train', executor_name: 'alice' };

function problemsOf(fields: Record<string, unknown>, options?: SubmissionOptions) {
  const result = parseSubmission(JSON.stringify({ ...BASE, ...fields }), options);
  return result.ok ? [] : result.problems;
}

function submissionOf(fields: Record<string, unknown>, options?: SubmissionOptions) {
  const result = parseSubmission(JSON.stringify({ ...BASE, ...fields }), options);
  if (!result.ok) throw new Error(formatProblems(result.problems));
  return result.submission;
}

// Thousands of random runs take seconds on a busy machine; this only ends a run that hangs.
const DEADLINE_MS = 120_000;

describe('a container_config.json', () => {
  it('of DoPQ 1.0 is read as it is', () => {
    const text =
      '{"num_slots": 1, "num_gpus": 1, "required_memory": "32g", "run_params": {}, "executor_name": "ilja", "build_flag": true, "name": "3d-ae-naive"}';
    expect(parseSubmission(text)).toEqual({
      ok: true,
      notes: [],
      submission: {
        name: '3d-ae-naive',
        user: 'ilja',
        memoryBytes: 32 * GIB,
        numGpus: 1,
        numSlots: 1,
        build: true,
        runOptions: {},
      },
    });
  });

  it('needs a name and an executor_name, all else has a default', () => {
    expect(submissionOf({})).toEqual({
      name: 'train',
      user: 'alice',
      numGpus: 1,
      numSlots: 1,
      build: true,
      runOptions: {},
    });
    const result = parseSubmission('{}');
    expect(!result.ok && result.problems.map(({ field }) => field)).toEqual(['name', 'executor_name']);
  });

  it("takes the server's defaults, and no executor_name where the inbox decides", () => {
    const options = { defaultMemoryBytes: 20 * GIB, defaultGpus: 0, requireUser: false };
    const result = parseSubmission('{"name": "train"}', options);
    expect(result).toMatchObject({ ok: true, submission: { memoryBytes: 20 * GIB, numGpus: 0 } });
    expect(result.ok && 'user' in result.submission).toBe(false);
  });

  it('may say null for "not given", as Python\'s None', () => {
    const nothing = Object.fromEntries(
      SUBMISSION_FIELDS.filter((field) => !field.required).map(({ key }) => [key, null]),
    );
    expect(submissionOf(nothing)).toEqual(submissionOf({}));
    expect(problemsOf({ name: null })).toMatchObject([{ field: 'name', message: 'is missing' }]);
  });

  it.each([
    ['name', '  spaced out  ', { name: 'spaced out' }],
    ['name', '模型训', { name: '模型训' }],
    ['required_memory', 32, { memoryBytes: 32 * GIB }],
    ['required_memory', '32', { memoryBytes: 32 * GIB }],
    ['required_memory', '512m', { memoryBytes: GIB / 2 }],
    ['num_gpus', 0, { numGpus: 0 }],
    ['num_gpus', -0, { numGpus: 0 }],
    ['num_slots', 3, { numSlots: 3 }],
    ['cpus', 1.5, { cpus: 1.5 }],
    ['time_limit', 3600, { timeLimitMs: 3_600_000 }],
    ['time_limit', '2h', { timeLimitMs: 7_200_000 }],
    ['time_limit', '1-00:00:00', { timeLimitMs: 86_400_000 }],
    ['gpu_model', 'A100', { gpuModels: ['A100'] }],
    ['gpu_model', ['A100', ' RTX 3090 '], { gpuModels: ['A100', 'RTX 3090'] }],
    ['min_gpu_memory', 24, { minGpuMemoryBytes: 24 * GIB }],
    ['min_gpu_memory', '512m', { minGpuMemoryBytes: GIB / 2 }],
    ['gpu_memory', '10g', { gpuMemoryBytes: 10 * GIB }],
    ['warn_before', '10m', { warnBeforeMs: 600_000 }],
    ['warn_signal', 'USR1', { warnSignal: 'USR1' }],
    ['warn_signal', 'sigint', { warnSignal: 'INT' }],
    ['after_ok', 12, { afterOk: [12] }],
    ['after_ok', [12, '#13', '12', 'prepare data'], { afterOk: [12, 13, 'prepare data'] }],
    ['after_any', 'prepare', { afterAny: ['prepare'] }],
    ['count', 20, { count: 20 }],
    ['retries', 2, { retries: 2, retryOn: ['failed', 'interrupted', 'lost'] }],
    ['not_before', '2031-05-04T22:00Z', { notBeforeAt: Date.UTC(2031, 4, 4, 22) }],
    ['not_before', '2031-05-04 22:00:30+02:00', { notBeforeAt: Date.UTC(2031, 4, 4, 20, 0, 30) }],
    ['not_before', '2031-05-04T22:00', { notBeforeAt: new Date(2031, 4, 4, 22).getTime() }],
    ['hold', true, { hold: true }],
    ['build_flag', false, { build: false }],
    ['run_params', { tty: true }, { runOptions: { tty: true } }],
  ])('%s may be %j', (key, value, expected) => {
    expect(submissionOf({ [key]: value })).toMatchObject(expected);
  });

  it.each([
    ['name', 'ab'],
    ['name', '  a  '],
    ['name', 'x'.repeat(129)],
    ['name', 'two\nlines'],
    ['name', 'red \u001b[31m'],
    ['name', 'turned \u202e'],
    ['name', 123],
    ['name', ['train']],
    ['executor_name', ''],
    ['executor_name', '../etc'],
    ['executor_name', '-rf'],
    ['executor_name', 'a/b'],
    ['executor_name', 'x'.repeat(65)],
    ['executor_name', 7],
    ['required_memory', '0g'],
    ['required_memory', 0],
    ['required_memory', -8],
    ['required_memory', '5m'],
    ['required_memory', '99P'],
    ['required_memory', '99000000000g'],
    ['required_memory', 34_359_738_368],
    ['required_memory', 'lots'],
    ['required_memory', true],
    ['required_memory', ['8g']],
    ['num_gpus', -1],
    ['num_gpus', 1.5],
    ['num_gpus', '2'],
    ['num_gpus', true],
    ['num_gpus', 1e9],
    ['num_gpus', [0, 1]],
    ['num_slots', 0],
    ['num_slots', '1'],
    ['cpus', 0],
    ['cpus', -1],
    ['cpus', '4'],
    ['time_limit', 0],
    ['time_limit', '10:30'],
    ['time_limit', '367d'],
    ['time_limit', 'soon'],
    ['gpu_model', ''],
    ['gpu_model', []],
    ['gpu_model', ['A100', 3]],
    ['gpu_model', 'A100\u001b[31m'],
    ['min_gpu_memory', 'lots'],
    ['min_gpu_memory', -1],
    ['gpu_memory', '0'],
    ['gpu_memory', 'some'],
    ['warn_before', 'soon'],
    ['warn_signal', 'KILL'],
    ['warn_signal', 10],
    ['after_ok', 0],
    ['after_ok', [12, 'ab']],
    ['after_any', { id: 3 }],
    ['count', 0],
    ['count', 1001],
    ['count', '20'],
    ['max_parallel', 4],
    ['retries', -1],
    ['retries', 21],
    ['retry_on', ['failed']],
    ['not_before', 'tomorrow'],
    ['not_before', '2031-13-04T22:00'],
    ['not_before', '22:00'],
    ['not_before', 1_900_000_000],
    ['hold', 'yes'],
    ['build_flag', 'True'],
    ['build_flag', 1],
    ['image', 'busybox'],
    ['run_params', []],
    ['run_params', 'x'],
    ['gpus', 1],
  ])('%s may not be %j', (key, value) => {
    expect(problemsOf({ [key]: value }).map(({ field }) => field)).toEqual([key]);
  });

  it.each([
    'busybox',
    'busybox:1.36',
    'lab.example:5000/team/pytorch:2.4-cuda12',
    `sha256:${'a'.repeat(64)}`,
    `x@sha256:${'0'.repeat(64)}`,
  ])('may name the image %s if nothing is to be built', (image) => {
    expect(submissionOf({ build_flag: false, image })).toMatchObject({ build: false, image });
  });

  it.each(['', ' ', 'Busybox', 'a b', '-x', '../x', 'x:', 'x@sha256:12', 'x'.repeat(300), 7])(
    'may not name the image %j',
    (image) => {
      expect(problemsOf({ build_flag: false, image })).toMatchObject([{ field: 'image' }]);
    },
  );

  it('is told at once what no machine here has, and what there is', () => {
    const options = { maxGpus: 4, maxSlots: 2, maxMemoryBytes: 64 * GIB, maxCpus: 16, maxPids: 1000 };
    const asked = { num_gpus: 5, num_slots: 3, required_memory: '65g', cpus: 17, run_params: { pids_limit: 1001 } };
    expect(problemsOf(asked, options)).toMatchObject([
      { field: 'num_gpus', message: 'is 5; the largest machine here has 4', fix: '"num_gpus": 4' },
      { field: 'num_slots', message: 'is 3; a GPU has 2 here', fix: '"num_slots": 2' },
      { field: 'required_memory', message: 'is "65g"; a job here can have 64g', fix: '"required_memory": "64g"' },
      { field: 'cpus', message: 'is 17; the largest machine here has 16', fix: '"cpus": 16' },
      { field: 'run_params.pids_limit', rule: 'a whole number from 1 to 1000' },
    ]);
  });

  it('that names no GPUs is told when there are none', () => {
    expect(problemsOf({}, { maxGpus: 0 })).toMatchObject([
      { field: 'num_gpus', message: 'is not given, so 1; there is no GPU here', fix: '"num_gpus": 0' },
    ]);
    expect(problemsOf({ num_gpus: 0 }, { maxGpus: 0 })).toEqual([]);
  });

  it('that is misspelt is asked what was meant', () => {
    const fixOf = (key: string) => problemsOf({ [key]: 1 })[0]?.fix;
    expect(fixOf('num_gpu')).toBe('Did you mean "num_gpus"?');
    expect(fixOf('numGpus')).toBe('Did you mean "num_gpus"?');
    expect(fixOf('required-memory')).toBe('Did you mean "required_memory"?');
    expect(fixOf('Time limit')).toBe('Did you mean "time_limit"?');
    expect(fixOf('constructor')).toBe('Leave it out.');
  });

  it('counts nano_cpus and cpu_quota of run_params as its CPUs', () => {
    expect(submissionOf({ run_params: { nano_cpus: 2_500_000_000 } }).cpus).toBe(2.5);
    expect(submissionOf({ run_params: { cpu_quota: 150_000 } }).cpus).toBe(1.5);
    expect(problemsOf({ cpus: 2, run_params: { nano_cpus: 2_500_000_000 } })).toHaveLength(1);
  });

  it('may repeat in run_params what is decided elsewhere, if it says the same', () => {
    const same = { required_memory: '8g', run_params: { mem_limit: '8g', name: 'train', detach: true } };
    expect(submissionOf(same).memoryBytes).toBe(8 * GIB);
    expect(problemsOf({ ...same, required_memory: '9g' })).toMatchObject([{ field: 'run_params.mem_limit' }]);
    expect(problemsOf({ run_params: { mem_limit: '8g' } })).toMatchObject([{ fix: '"required_memory": "8g"' }]);
  });

  it('has its problems in the order of the file, with positions', () => {
    const result = parseSubmission('{\n "run_params": {\n  "privileged": true},\n "num_gpus": -1,\n "name": "abc"}');
    expect(!result.ok && result.problems.map(({ line, field }) => `${line} ${field}`)).toEqual([
      '1 executor_name',
      '3 run_params.privileged',
      '4 num_gpus',
    ]);
  });

  it('is explained in text that can be mended from', () => {
    const result = parseSubmission('{"name": "train", "executor_name": "alice", "num_gpus": "2"}');
    expect(!result.ok && formatProblems(result.problems)).toBe(
      [
        'container_config.json, line 1, column 45, num_gpus: is "2"',
        '  rule: a whole number, 0 or more',
        '  fix:  "num_gpus": 2 (without quotes)',
      ].join('\n'),
    );
  });

  it('never sends a control character back to a terminal', () => {
    const evil = '\u001b]0;x\u0007\u009b31m\u202e\u200b';
    const result = parseSubmission(
      JSON.stringify({ [evil]: evil, name: evil, run_params: { [evil]: evil, hostname: evil } }),
    );
    expect(!result.ok && formatProblems(result.problems)).not.toMatch(/[^\n\x20-\x7e…]/);
  });
});

describe('the bytes of a container_config.json', () => {
  it('may start with a byte order mark, in UTF-8 and in the UTF-16 that Windows writes', () => {
    const utf8 = new TextEncoder().encode(`\ufeff${EXAMPLE_SUBMISSION}`);
    const utf16 = new Uint8Array(
      new Uint16Array(Array.from(`\ufeff${EXAMPLE_SUBMISSION}`, (char) => char.charCodeAt(0))).buffer,
    );
    expect(parseSubmission(utf8).ok).toBe(true);
    expect(parseSubmission(utf16).ok).toBe(true);
    expect(parseSubmission(`\ufeff${EXAMPLE_SUBMISSION}`).ok).toBe(true);
  });

  it('have to be UTF-8', () => {
    const latin1 = Uint8Array.from('{"name": "gr\u00fcn"}', (char) => char.charCodeAt(0));
    expect(parseSubmission(latin1)).toMatchObject({ ok: false, problems: [{ message: 'is not UTF-8' }] });
  });

  it('have to be few', () => {
    const large = new Uint8Array(300_000).fill(0x20);
    expect(parseSubmission(large)).toMatchObject({ ok: false, problems: [{ rule: 'at most 256k' }] });
  });

  it(
    'never make it throw, whatever they are',
    () => {
      const fixed = new TextEncoder().encode(EXAMPLE_SUBMISSION);
      const mutated = fc
        .array(fc.tuple(fc.nat(fixed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
        .map((changes) => changes.reduce((bytes, [at, byte]) => bytes.with(at, byte), fixed));
      fc.assert(
        fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
          const result = parseSubmission(bytes);
          const right = result.ok
            ? result.submission.name.length > 2 && result.submission.numGpus >= 0
            : result.problems.length > 0;
          expect(right).toBe(true);
        }),
        { numRuns: 5000 },
      );
    },
    DEADLINE_MS,
  );

  it(
    'never make it throw, whatever JSON they are',
    () => {
      const key = fc.constantFrom(...SUBMISSION_FIELDS.map((field): string => field.key), 'x', 'toString');
      fc.assert(
        fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(key, fc.jsonValue())), (value) => {
          const result = parseSubmission(JSON.stringify(value));
          expect(result.ok || result.problems.every(({ line }) => line! >= 1)).toBe(true);
        }),
        { numRuns: 2000 },
      );
    },
    DEADLINE_MS,
  );
});

describe('the table of fields', () => {
  it.each(SUBMISSION_FIELDS)('shows for $key an example that is valid', ({ key, example }) => {
    const beside: Record<string, object> = {
      image: { build_flag: false },
      max_parallel: { count: 20 },
      retry_on: { retries: 2 },
    };
    expect(problemsOf({ ...beside[key], [key]: JSON.parse(example) as unknown })).toEqual([]);
  });

  it('has a whole example that is valid', () => {
    expect(parseSubmission(EXAMPLE_SUBMISSION)).toMatchObject({ ok: true });
  });
});
