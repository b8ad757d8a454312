// A hundred thousand damaged and forged submissions: none crashes a reader, none is taken for what it is not.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSubmission, RUN_PARAMS, type Submission, SUBMISSION_FIELDS } from '@dopq/contract';
import { Chance } from '@dopq/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CORPUS_LIMITS } from './archive-corpus.fixture.ts';
import { checkArchive } from './check.ts';
import { type RawEntry, rawZip } from './raw-zip.fixture.ts';
import { ZipArchive } from './zip-archive.ts';

/** Nightly runs take more, and other seeds. A failure names the mutant. */
const MUTANTS = Number(process.env['DOPQ_MUTANTS'] ?? 100_000);
/** Zips take fifty times as long. */
const ZIPS = Math.round(MUTANTS / 20);
const SEED = process.env['DOPQ_SEED'] ?? '1';
const RULES = { requireUser: false, maxGpus: 4, maxMemoryBytes: 64 * 1024 ** 3, maxCpus: 16, maxPids: 4096 };
const PATIENT = { timeout: 900_000 };
const never = new AbortController().signal;

let dir: string;
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), 'dopq-mutants-'))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Quick random numbers (mulberry32) that can be repeated. */
class Dice {
  #state: number;

  constructor(purpose: string) {
    this.#state = Math.floor(new Chance(`${SEED} ${purpose}`).next() * 2 ** 32);
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}

/** A few bytes changed, left out, doubled, or the end cut off. */
function damaged(original: Buffer, dice: Dice): Buffer {
  let bytes = Buffer.from(original);
  for (let changes = 1 + dice.below(3); changes > 0; changes--) {
    const at = dice.below(bytes.length || 1);
    const length = 1 + dice.below(8);
    switch (dice.below(6)) {
      case 0:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
        break;
      case 2:
        if (dice.below(8) === 0) bytes = bytes.subarray(0, at);
        break;
      default:
        if (at < bytes.length) bytes[at] = dice.of([0, 1, 0x7f, 0xff, 0x2f, 0x5c, dice.below(256)]);
    }
  }
  return bytes;
}

const FILES = {
  'container_config.json': '{"name": "hello world"}',
  Dockerfile: 'FROM busybox\nRUN true\n',
  'code/a.py': 'print(1)\n',
};
const ENTRIES: RawEntry[] = Object.entries(FILES).map(([name, data], index) => ({
  name,
  data,
  method: index === 1 ? 8 : 0,
}));

/** An entry whose fields lie. */
function forged(dice: Dice): Buffer {
  const lies: (() => Partial<RawEntry>)[] = [
    () => ({
      name: dice.of(['../x', '/x', 'C:\\x', 'a/../../x', 'Dockerfile', 'code/a.py', 'code', '\0', 'a\0b', 'con', '']),
    }),
    () => ({ localName: dice.of(['../x', 'Dockerfile', 'other', 'code/a.py']) }),
    () => ({ crc: dice.below(2 ** 31) }),
    () => ({ size: dice.of([0, 1, 5, 2 ** 31, 2 ** 32 - 1]) }),
    () => ({ packedSize: dice.of([0, 1, 5, 2 ** 31, 2 ** 32 - 1]) }),
    () => ({ method: dice.of([0, 8, 9, 12, 99]) }),
    () => ({ flags: dice.of([0, 1, 8, 0x41, 0x800, 0x2000, dice.below(65_536)]) }),
    () => ({ mode: dice.of([0o120777, 0o010644, 0o020666, 0o060666, 0o140777, 0o104755, 0, dice.below(65_536)]) }),
    () => ({ offsetOf: dice.below(ENTRIES.length) }),
    () => ({ extra: Buffer.from(Array.from({ length: dice.below(20) }, () => dice.below(256))) }),
    () => ({ packed: Buffer.from(Array.from({ length: dice.below(20) }, () => dice.below(256))) }),
  ];
  const entries = ENTRIES.map((entry) => (dice.below(2) === 0 ? entry : { ...entry, ...dice.of(lies)() }));
  if (dice.below(4) === 0) entries.push({ ...dice.of(entries) });
  return rawZip(entries, {
    ...(dice.below(6) === 0 && { before: 'junk' }),
    ...(dice.below(6) === 0 && { after: 'junk' }),
    ...(dice.below(6) === 0 && { count: dice.below(5) }),
    ...(dice.below(6) === 0 && { directoryShift: dice.below(40) - 20 }),
  });
}

test(`of ${ZIPS} mutated zips none crashes the reader or slips other contents in`, PATIENT, async () => {
  const dice = new Dice('zips');
  const original = rawZip(ENTRIES);
  const contents = new Set(Object.values(FILES));
  const path = join(dir, 'mutant.zip');
  let taken = 0;
  for (let index = 0; index < ZIPS; index++) {
    const bytes = index % 3 === 0 ? forged(dice) : damaged(original, dice);
    const what = () => `mutant ${index} of seed ${SEED}: ${bytes.toString('base64')}`;
    writeFileSync(path, bytes);
    const checking = {
      path,
      file: 'mutant.zip',
      sha256: '',
      limits: CORPUS_LIMITS,
      loadSuffixes: ['tar'],
      signal: never,
    };
    const checked = await checkArchive({ ...checking, rules: RULES }).catch((cause: unknown) => {
      throw new Error(what(), { cause });
    });
    if (!checked.ok) {
      if (checked.problems.some((problem) => problem.message === '' || problem.fix === '')) throw new Error(what());
      continue;
    }
    taken++;
    await using archive = await ZipArchive.open(path, 'mutant.zip', CORPUS_LIMITS);
    for (const file of archive.files) {
      const text = (await archive.readSmall(file.path, 1000, never)).toString();
      if (!contents.has(text) || file.path.startsWith('/') || file.path.split('/').includes('..'))
        throw new Error(what());
    }
  }
  console.log(`${ZIPS} mutated zips: ${taken} sound in spite of it, ${ZIPS - taken} refused`);
  // Times, permissions and the like may change: a reader that refuses everything would pass otherwise.
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(ZIPS);
});

const KEYS: readonly string[] = SUBMISSION_FIELDS.map((field): string => field.key);
const PARAMS: readonly string[] = RUN_PARAMS.map(({ key }): string => key);
const NASTY: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  2.5,
  1e308,
  -0,
  99,
  '',
  ' ',
  '0',
  '-1',
  '2',
  'none',
  'all',
  'host',
  '/',
  '../..',
  '\0',
  '\u202e',
  'root',
  '0:0',
  '99999999999g',
  '1g',
  'x'.repeat(300),
  [],
  {},
  [[]],
  [null],
  ['a'],
  { a: 1 },
  { '/': '/' },
  { __proto__: 1 },
  ['ALL'],
  'SYS_ADMIN',
  { Name: 'nofile', Soft: -1 },
  'container:x',
  'unconfined',
  ['seccomp=unconfined'],
  { '22/tcp': 22 },
];

/** A configuration with values where they do not belong, as text that was then damaged, or not. */
function mutatedConfig(dice: Dice): Buffer {
  const config: Record<string, unknown> = {
    name: 'hello world',
    executor_name: 'alice',
    num_gpus: 1,
    required_memory: '2g',
  };
  for (let changes = dice.below(4); changes > 0; changes--)
    config[dice.of([...KEYS, 'x', 'constructor', 'num_gpu'])] = dice.of(NASTY);
  if (dice.below(2) === 0)
    config['run_params'] = Object.fromEntries([1, 2].map(() => [dice.of(PARAMS), dice.of(NASTY)]));
  const text = Buffer.from(JSON.stringify(config, null, dice.of([0, 2])));
  return dice.below(2) === 0 ? text : damaged(text, dice);
}

/** What nothing that is accepted may be, found without the reader's own rules. */
function wrongIn(
  { numGpus, numSlots, memoryBytes = 1, cpus = 1, runOptions, name }: Submission,
  given: Record<string, unknown>,
): string[] {
  const isWhole = (value: number, min: number, max: number) => Number.isInteger(value) && value >= min && value <= max;
  const { network, ipcMode, cgroupns, capAdd, sysctls, tmpfs, env } = runOptions;
  const reach = JSON.stringify([
    network,
    ipcMode,
    cgroupns,
    capAdd,
    sysctls,
    Object.keys(tmpfs ?? {}),
    Object.keys(env ?? {}),
  ]);
  return [
    ...(isWhole(numGpus, 0, RULES.maxGpus) ? [] : ['GPUs']),
    ...(isWhole(numSlots, 1, 1_000_000) ? [] : ['slots']),
    ...(isWhole(memoryBytes, 1, RULES.maxMemoryBytes) ? [] : ['memory']),
    ...(cpus > 0 && cpus <= RULES.maxCpus ? [] : ['CPUs']),
    ...(name === String(given['name']).trim() ? [] : ['name']),
    ...Object.keys(given).filter((key) => !KEYS.includes(key)),
    ...(/SYS_ADMIN|"host|container:|unconfined|NVIDIA|LD_PRELOAD|"\/"/.test(reach) ? [`options ${reach}`] : []),
  ];
}

test(
  `of ${MUTANTS - ZIPS} mutated configurations none crashes the reader or gets what nobody may have`,
  PATIENT,
  () => {
    const dice = new Dice('configurations');
    let valid = 0;
    for (let index = ZIPS; index < MUTANTS; index++) {
      const bytes = mutatedConfig(dice);
      const parsed = parseSubmission(bytes, RULES);
      if (!parsed.ok) {
        if (parsed.problems.length === 0 || parsed.problems.some(({ message, fix }) => message === '' || fix === ''))
          throw new Error(`refused without a word: ${bytes.toString()}`);
        continue;
      }
      valid++;
      const given = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
      const wrong = wrongIn(parsed.submission, given);
      if (wrong.length > 0) throw new Error(`taken with ${wrong.join(', ')}: ${bytes.toString()}`);
    }
    console.log(`${MUTANTS - ZIPS} mutated configurations: ${valid} valid in spite of it, the rest refused`);
    expect(valid).toBeGreaterThan(0);
    expect(valid).toBeLessThan(MUTANTS - ZIPS);
  },
);
