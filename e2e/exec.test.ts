// Inside a running job, and what it left behind: `dopq exec`, `download` and `retry` against a real server and a real engine.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileList } from '@dopq/contract';
import { type Dopq, loadBaseImage, type PrivateEngine, startDopq, startEngine, waitFor } from '@dopq/testbed';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { project } from './project.ts';
import { onTerminal } from './pseudo-terminal.ts';

const LAUNCHER = fileURLToPath(new URL('../dopq', import.meta.url));

let engine: PrivateEngine;
let dopq: Dopq;
let runs: string;
let ended: string;

beforeAll(async () => {
  engine = await startEngine();
  await loadBaseImage(engine);
  dopq = await startDopq({ engine: engine.host });
  const leaves = 'mkdir -p /outdir/results; echo 0.1 > /outdir/results/loss.txt; echo whole > /outdir/model.pt';
  [runs, ended] = await Promise.all([submit('runs', 'sleep 600'), submit('ended', leaves)]);
  await waitFor(async () => (await dopq.client.jobs.get({ id: Number(runs) })).state === 'running');
  await dopq.dopq('wait', ended);
});
afterAll(async () => {
  await dopq?.[Symbol.asyncDispose]();
  await engine?.[Symbol.asyncDispose]();
});

async function submit(name: string, command: string): Promise<string> {
  return await dopq.dopq('submit', '-q', project(dopq, name, command));
}

/** Without a terminal, as in a script. */
async function exec(args: string[], input = '') {
  const options = { env: { DOPQ_CONFIG: dopq.config }, input, reject: false, stripFinalNewline: false } as const;
  const { exitCode, stdout, stderr } = await execa(LAUNCHER, ['exec', ...args], options);
  return { exitCode, stdout, stderr };
}

test.each([
  ['true', ['true'], 0, '', ''],
  ['words as they are', ['--', 'printf', '%s|', 'a b', '-l', '$HOME', ''], 0, 'a b|-l|$HOME||', ''],
  ['an exit code, stdout and stderr apart', ['sh', '-c', 'echo out; echo err >&2; exit 7'], 7, 'out\n', 'err\n'],
  ['the end of a job by a signal', ['sh', '-c', 'kill -KILL $$'], 137, '', ''],
])('exec gives %s', async (_, command, exitCode, stdout, stderr) => {
  expect(await exec([runs, ...command])).toEqual({ exitCode, stdout, stderr });
});

test('who ran what inside is in the audit log', async () => {
  await exec([runs, '/bin/true']);
  expect(await dopq.client.audit.list({ what: 'GET /jobs/:id/terminal', limit: 1 })).toMatchObject([
    { who: 'root (socket)', which: `#${runs}`, details: '{"command":"/bin/true"}', result: 'done' },
  ]);
});

test.each([
  ['what is not there', '/no/such/program', 127],
  ['what is not in the path', 'no-such-program', 127],
  ['what is no program', '/etc/passwd', 126],
])('exec of %s ends as in a shell, and says why', async (_, program, exitCode) => {
  const { stdout, stderr, ...end } = await exec([runs, program]);
  expect(end).toEqual({ exitCode });
  expect(stdout + stderr).toContain(program);
});

test('stdin is piped as it is, to its end, and comes back without a change', async () => {
  const input = `${'first\r\n\u0003\u0004\t'.repeat(40_000)}last line without an end`;
  expect(await exec([runs, 'cat'], input)).toEqual({ exitCode: 0, stdout: input, stderr: '' });
  expect((await exec([runs, 'sh', '-c', 'wc -c; exit 3'], input)).stdout.trim()).toBe(String(input.length));
  // It need not be read.
  expect(await exec([runs, 'sh', '-c', 'exit 5'], input)).toMatchObject({ exitCode: 5 });
});

test('on a terminal there is a shell that takes what is typed and knows the size, also a new one', async () => {
  const env = { DOPQ_CONFIG: dopq.config };
  const terminal = onTerminal(`${LAUNCHER} exec ${runs}`, { columns: 91, rows: 27, env });
  const until = (words: string) =>
    waitFor(() => terminal.said().includes(words), {
      timeoutMs: 60_000,
      message: () => `"${words}"; there is ${terminal.said()}`,
    });
  await until('$ ');
  terminal.type('echo size $(stty size)\r');
  await until('\nsize 27 91');
  await terminal.resize(101, 44);
  terminal.type('while [ "$(stty size)" != "44 101" ]; do sleep 0.05; done; echo "is new"\r');
  await until('\nis new');
  terminal.type('exit 9\r');
  expect(await terminal.code).toBe(9);
});

test('a job that does not run has no terminal, and that is said', async () => {
  expect(await exec([ended, 'true'])).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: expect.stringContaining('does not run: it is succeeded'),
  });
});

test('download fetches what the job wrote, file by file, and writes over nothing', async () => {
  const to = path.join(dopq.dir, 'fetched');
  writeFileSync(path.join(dopq.output, 'alice', 'older.txt'), 'of another job');
  await execa('touch', ['-d', '2020-01-01', path.join(dopq.output, 'alice', 'older.txt')]);
  const files = [path.join(to, 'results/loss.txt'), path.join(to, 'model.pt')];
  expect((await dopq.dopq('download', ended, '--to', to)).split('\n')).toEqual(files);
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(['0.1\n', 'whole\n']);
  expect(existsSync(path.join(to, 'older.txt'))).toBe(false);

  writeFileSync(files[1] ?? '', 'mine');
  const again = await dopq.tryDopq('download', ended, 'model.pt', '--to', to);
  expect(again).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('is there already') });
  expect(readFileSync(files[1] ?? '', 'utf8')).toBe('mine');
  await dopq.dopq('download', ended, 'model.pt', '--to', to, '--force');
  expect(readFileSync(files[1] ?? '', 'utf8')).toBe('whole\n');

  expect(await dopq.dopq('download', ended, './results/', '--to', '-')).toBe('0.1');
  expect(await dopq.dopq('download', ended, 'older.txt', '--to', '-')).toBe('of another job');
  expect(await dopq.tryDopq('download', ended, 'nothing.txt')).toMatchObject({ exitCode: 5, stdout: '' });
  const list = FileList.parse(JSON.parse(await dopq.dopq('download', ended, '--list', '-o', 'json')));
  expect(list.entries.map(({ name, kind, since_start }) => [name, kind, since_start])).toEqual([
    ['results', 'folder', true],
    ['model.pt', 'file', true],
    ['older.txt', 'file', false],
  ]);
  expect(await dopq.dopq('download', ended, '--list', 'results')).toMatch(
    /^ *SIZE .*\n *4 B +\S+ \S+ +yes +loss\.txt$/,
  );
});

test('download --archive gives the bytes that were submitted', async () => {
  const to = path.join(dopq.dir, 'archives');
  const file = await dopq.dopq('download', ended, '--archive', '--to', to);
  expect(file).toBe(path.join(to, 'ended.zip'));
  expect(readFileSync(file).subarray(0, 2).toString()).toBe('PK');
  expect(await dopq.dopq('validate', file)).toContain('valid: ended of alice');
});

test('submit takes what docker save wrote', async () => {
  const tar = path.join(dopq.dir, 'image.tar');
  await engine.docker('build', '-t', 'trained', path.join(dopq.dir, 'projects', 'ended'));
  await engine.docker('save', '-o', tar, 'trained');
  const { exitCode, stdout, stderr } = await dopq.tryDopq('submit', tar, '-u', 'bob', '--wait');
  expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('✔ succeeded') });
  expect(readFileSync(path.join(dopq.output, 'bob', 'model.pt'), 'utf8')).toBe('whole\n');
});

test('retry makes a new job of a finished one, with what was changed', async () => {
  const [, retried = ''] = /as #(\d+)/.exec(await dopq.dopq('retry', ended, '--set', 'time_limit=1h')) ?? [];
  await dopq.dopq('wait', retried);
  expect(await dopq.client.jobs.get({ id: Number(retried) })).toMatchObject({
    retry_of: Number(ended),
    time_limit_seconds: 3600,
  });
  expect((await dopq.tryDopq('retry', runs)).stderr).toContain(`#${runs}`);
});
