// The command line as scripts and people use it: real processes against a real server on a simulated engine.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { Gpu, Job, Status, User, Validation } from '@dopq/contract';
import { type Dopq, startDopq, waitFor, zip, zipStream } from '@dopq/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { project } from './project.ts';
import { onTerminal } from './pseudo-terminal.ts';

const LAUNCHER = fileURLToPath(new URL('../dopq', import.meta.url));
const EXAMPLES = fileURLToPath(new URL('../examples', import.meta.url));
let dopq: Dopq;

beforeAll(async () => {
  dopq = await startDopq({ users: ['alice', 'bob', 'carol'] });
});
afterAll(() => dopq[Symbol.asyncDispose]());

async function submit(...args: string[]): Promise<string> {
  return (await dopq.dopq('submit', '-q', ...args)).trim();
}

/** A command that can be interrupted, or has a terminal. */
function begin(command: string, args: string[], env: Record<string, string> = {}) {
  const child = spawn(command, args, { env: { ...process.env, DOPQ_CONFIG: dopq.config, ...env }, stdio: 'pipe' });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, said, code };
}

test('submit --wait sends a folder, prints the log of the job alone on stdout and returns its exit code', async () => {
  const folder = project(dopq, 'waited', 'echo first line; sleep 1; echo last line; exit 3');
  const { exitCode, stdout, stderr } = await dopq.tryDopq('submit', folder, '--wait');
  expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: 'first line\nlast line' });
  expect(stderr).toMatch(/#\d+ waited ✖ failed after \d+s: /);
});

test.each([
  ['failing-run', 3, /ERROR: \/data\/images is not there/, /✖ failed after .*exit code 3/],
  ['failing-build', 1, /^$/, /✖ build_failed: /],
])('the example %s fails in a simulation as it does on an engine', async (example, code, log, words) => {
  const { exitCode, stdout, stderr } = await dopq.tryDopq('submit', path.join(EXAMPLES, example), '--wait');
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: code,
    stdout: expect.stringMatching(log),
    stderr: expect.stringMatching(words),
  });
});

test('submit says what is wrong before anything is sent, and how to mend it; the server says the same', async () => {
  const folder = project(dopq, 'faulty', 'echo', { num_gpus: 'many' });
  const { exitCode, stdout, stderr } = await dopq.tryDopq('submit', folder);
  expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: '' });
  expect(stderr).toMatch(/num_gpus[^]*fix: [^]*Nothing was sent/);
  const sent = await dopq.tryDopq('submit', folder, '--no-check');
  expect(sent.exitCode).toBe(1);
  expect(sent.stdout).toMatch(/✖ rejected[^]*num_gpus/);
  expect(sent.stderr).toContain('dopq show');
});

test('submit --dry-run says what would be sent and sends nothing', async () => {
  const before = await dopq.dopq('ps', '-a', '-q');
  const { exitCode, stdout } = await dopq.tryDopq('submit', '--dry-run', project(dopq, 'dry', 'echo', { num_gpus: 2 }));
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^dry\.zip is fine, \d+ B would be sent: dry of alice asks for 2 GPUs, 64 MiB memory/);
  expect(await dopq.dopq('ps', '-a', '-q')).toBe(before);
});

test('submit shows the build on a terminal, then place, reason and predicted start, which a dry run foretells', async () => {
  const all = await submit(project(dopq, 'takes-all', 'sleep 600', { num_gpus: 4, time_limit: '2h' }));
  await waitFor(async () => (await dopq.client.jobs.get({ id: Number(all) })).state === 'running');
  const folder = project(dopq, 'shown', 'true', { num_gpus: 1 });
  writeFileSync(path.join(folder, 'Dockerfile'), 'FROM busybox\nRUN echo a line of the build\nCMD ["true"]\n');
  const dryRun = onTerminal(`${LAUNCHER} submit --dry-run ${folder}`, { env: { DOPQ_CONFIG: dopq.config } });
  expect(await dryRun.code).toBe(0);
  // Alice's jobs so far took a second: so may this one that takes all, and what waits for it start at once.
  expect(dryRun.said()).toMatch(
    /^shown\.zip is fine, .* asks for 1 GPU.*; expected to start (now|in .*\(.*\d\d:\d\d\))\r\n$/,
  );
  const terminal = onTerminal(`${LAUNCHER} submit ${folder}`, { env: { DOPQ_CONFIG: dopq.config } });
  expect(await terminal.code).toBe(0);
  const said = stripVTControlCharacters(terminal.said());
  expect(said).toMatch(/#\d+ building/);
  expect(said).toMatch(/#\d+ shown ○ queued at place 1: .*free.*; expected to start (now|in )/);
  expect(said).toContain('dopq explain');
  // The one that waits first: else it starts, and may have ended before it is cancelled.
  await dopq.dopq('cancel', 'shown', 'takes-all');
});

test('on a terminal a large upload shows how far it is, on a line that is gone in the end', async () => {
  const file = path.join(dopq.dir, 'large.zip');
  const files = {
    Dockerfile: 'FROM busybox\nCMD ["true"]\n',
    'container_config.json': JSON.stringify({ name: 'large', num_gpus: 0, required_memory: '64m' }),
    'data.bin': 16 * 1024 ** 2,
  };
  await writeFile(file, Readable.fromWeb(zipStream(files)));
  const terminal = onTerminal(`${LAUNCHER} submit ${file} --user alice`, { env: { DOPQ_CONFIG: dopq.config } });
  expect(await terminal.code).toBe(0);
  const said = terminal.said();
  const shown = [...said.matchAll(/\ruploading \S+ \S+ of 16 MiB, (\d+) %/g)].map(([, percent]) => Number(percent));
  expect(shown).toEqual([...new Set(shown)].sort((a, b) => a - b));
  expect(shown.length).toBeGreaterThan(50);
  expect(shown.at(-1)).toBe(100);
  // What stays on the screen of a line is what stands behind its last erasure.
  const left = said.split('\r\n').map((line) => stripVTControlCharacters(line.split('\x1b[K').at(-1) ?? ''));
  expect(left[0]).toMatch(/^\r?#\d+ large /);
  expect(left.join('\n')).not.toContain('uploading');
});

test('submit takes an archive as it is, for the user that is named', async () => {
  const file = path.join(dopq.dir, 'job.zip');
  const files = {
    Dockerfile: 'FROM busybox\nCMD ["true"]\n',
    'container_config.json': JSON.stringify({ name: 'zipped', num_gpus: 0 }),
  };
  writeFileSync(file, await zip(files));
  const id = await submit(file, '--user', 'bob');
  expect(await dopq.dopq('wait', id)).toMatch(new RegExp(`^#${id} zipped ✔ succeeded`));
  expect(Job.parse(JSON.parse(await dopq.dopq('show', id, '-o', 'json')))).toMatchObject({
    user: 'bob',
    source: 'upload',
  });
});

test('validate says the words of the receipt, and takes nothing', async () => {
  const files = {
    Dockerfile: 'FROM busybox\nARG API_TOKEN\n',
    'container_config.json': '{\n  "name": "x",\n  "num_gpu": 1,\n  "run_params": {"privileged": true}\n}\n',
  };
  const file = path.join(dopq.dir, 'wrong.zip');
  writeFileSync(file, await zip(files));
  const before = await dopq.client.jobs.list({ scope: 'all' });
  const { exitCode, stdout } = await dopq.tryDopq('validate', file, '--user', 'alice');
  expect(exitCode).toBe(6);
  expect(stdout).toContain('container_config.json, line 3, column 3, num_gpu: is not known');
  expect(await dopq.client.jobs.list({ scope: 'all' })).toEqual(before);
  dopq.drop('alice', 'wrong.zip', await zip(files));
  const receipt = path.join(dopq.share, 'alice', 'wrong.zip.status.txt');
  await waitFor(() => existsSync(receipt) && readFileSync(receipt, 'utf8').includes(stdout.trim()), {
    timeoutMs: 60_000,
    message: () => `the receipt to say\n${stdout}\nand not\n${existsSync(receipt) && readFileSync(receipt, 'utf8')}`,
  });
});

test('validate takes a folder, an archive and a bare configuration, with the limits of the server that answers', async () => {
  const ok = project(dopq, 'sound', 'echo', { required_memory: '2g' });
  const told = await dopq.tryDopq('validate', ok, '-o', 'json');
  expect(Validation.parse(JSON.parse(told.stdout))).toMatchObject({
    valid: true,
    checked_with: 'server',
    asks: { user: 'alice', num_gpus: 0, memory_bytes: 2 * 1024 ** 3, cpus: 1 },
  });
  const config = path.join(project(dopq, 'greedy', 'echo', { num_gpus: 99 }), 'container_config.json');
  const greedy = await dopq.tryDopq('validate', config);
  expect(greedy.exitCode).toBe(6);
  expect(greedy.stdout).toMatch(/num_gpus: .*99/);
  const stranger = await dopq.tryDopq('validate', ok, '--user', 'mallory');
  expect(stranger).toMatchObject({ exitCode: 6, stdout: expect.stringContaining('dopq user add mallory') });
  const offline = await dopq.tryDopq('validate', '--offline', config);
  expect(offline).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('asks for 99 GPUs') });
  const cut = path.join(dopq.dir, 'cut.zip');
  writeFileSync(cut, (await zip({ Dockerfile: 'FROM busybox\n' })).subarray(0, 40));
  expect(await dopq.tryDopq('validate', cut)).toMatchObject({
    exitCode: 6,
    stdout: expect.stringContaining('What has to be mended'),
  });
  const tar = path.join(dopq.dir, 'image.tar');
  writeFileSync(tar, 'no tar');
  expect(await dopq.tryDopq('validate', tar)).toMatchObject({ exitCode: 6, stdout: expect.stringContaining('docker') });
  expect(await dopq.tryDopq('validate', path.join(dopq.dir, 'nothing.zip'))).toMatchObject({ exitCode: 5 });
});

test('validate does without a server what it can, and says so', async () => {
  const folder = project(dopq, 'alone', 'echo');
  const env = { DOPQ_HOST: `unix://${dopq.dir}/nobody.sock`, DOPQ_CONFIG: '' };
  const { said, code } = begin(LAUNCHER, ['validate', folder], env);
  expect(await code).toBe(0);
  expect(said.stdout).toContain('valid: alone of alice');
  expect(said.stderr).toContain("without a server's limits");
});

test('every list is one JSON document of the contract', async () => {
  await dopq.dopq('wait', await submit(project(dopq, 'listed', 'echo')));
  const json = async (...args: string[]) => JSON.parse(await dopq.dopq(...args, '-o', 'json')) as unknown;
  expect(Job.array().parse(await json('ps', '-a'))).not.toEqual([]);
  expect(Job.array().parse(await json('history', '-u', 'alice', '-n', '1'))).toHaveLength(1);
  expect(Gpu.array().parse(await json('gpus'))).not.toEqual([]);
  expect(
    User.array()
      .parse(await json('users'))
      .map(({ name }) => name),
  ).toEqual(expect.arrayContaining(['alice', 'bob', 'carol']));
  expect(User.array().parse(await json('user', 'ls'))).toHaveLength(3);
  expect(Status.parse(await json('status')).server.simulated).toBe(true);
});

test('ps shows active jobs with the reason last, by default without finished ones', async () => {
  const running = await submit(project(dopq, 'holds-all', 'sleep 600', { num_gpus: 4 }));
  const waiting = await submit(project(dopq, 'wants-one', 'true', { num_gpus: 1, executor_name: 'bob' }));
  await waitFor(async () => (await dopq.client.jobs.get({ id: Number(running) })).state === 'running');
  await waitFor(async () => (await dopq.client.jobs.get({ id: Number(waiting) })).state === 'queued');
  const [head, first, second, ...rest] = (await dopq.dopq('ps')).split('\n');
  expect(head).toMatch(/^ *ID +NAME +USER +STATE +GPUS +TIME +ETA +REASON$/);
  expect(first).toMatch(new RegExp(`^ *${running} +holds-all +alice +▶ running +4 +\\d+s`));
  expect(second).toMatch(new RegExp(`^ *${waiting} +wants-one +bob +○ queued +1 +\\d+s +(-|<1m|\\d+[mhd]\\S*) +\\S`));
  expect(rest).toEqual([]);
  expect((await dopq.dopq('ps', '-q')).split('\n')).toEqual([running, waiting]);
  expect(await dopq.dopq('ps', '-q', '-f', 'state=PD')).toBe(waiting);
  expect(await dopq.dopq('ps', '-q', '-u', 'alice', '-n', '1')).toBe(running);
  expect(await dopq.dopq('gpus')).toContain(`#${running} holds-all (alice)`);

  expect((await dopq.dopq('cancel', waiting, running, '--reason', 'room needed')).split('\n')).toEqual([
    `#${waiting} cancelled`,
    `#${running} is being stopped`,
  ]);
  expect((await dopq.tryDopq('wait', running, waiting)).exitCode).not.toBe(0);
  expect(await dopq.dopq('show', running)).toContain('⊘ cancelled');
  expect(await dopq.dopq('show', waiting)).toContain('cancelled by admin: room needed');
  expect(await dopq.dopq('ps', '-q')).toBe('');
});

test('jobs go by number, range, list, name and "last", and a name that two jobs have is refused', async () => {
  const [first, second] = [
    await submit(project(dopq, 'twin', 'sleep 600')),
    await submit(project(dopq, 'twin', 'sleep 600')),
  ];
  const only = await submit(project(dopq, 'only-one', 'sleep 600', { executor_name: 'bob' }));
  const ids = async (...args: string[]) =>
    (JSON.parse(await dopq.dopq('show', ...args, '-o', 'json')) as { id: number }[]).map(({ id }) => String(id));
  expect(await ids(`${first}-${only}`)).toEqual([first, second, only]);
  expect(await ids(`${only},#${first}`, 'last')).toEqual([only, first]);
  expect(JSON.parse(await dopq.dopq('show', 'only-one', '-o', 'json'))).toMatchObject({ id: Number(only) });
  const ofAlice = begin(LAUNCHER, ['show', 'last', '-o', 'json'], { DOPQ_USER: 'alice' });
  expect(await ofAlice.code).toBe(0);
  expect(JSON.parse(ofAlice.said.stdout)).toMatchObject({ id: Number(second) });
  const refused = await dopq.tryDopq('cancel', 'twin');
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toContain(`2 jobs are called "twin": #${second}`);
  expect((await dopq.dopq('cancel', `${first}-${second}`, 'only-one')).split('\n')).toHaveLength(3);
});

test('history as CSV has a head, a row per job and no formula', async () => {
  await dopq.dopq('wait', await submit(project(dopq, 'csv', 'exit 0', { name: '=1+1' })));
  const [head, row] = (await dopq.dopq('history', '-n', '1', '-o', 'csv')).split('\r\n');
  expect(head).toMatch(/^id,name,user,state,outcome,exit_code,/);
  expect(row).toMatch(/^\d+,'=1\+1,alice,finished,succeeded,0,0,/);
});

test('logs -f goes on until the job has ended, and no line can drive the terminal', async () => {
  const id = await submit(project(dopq, 'chatty', 'echo "\x1b]0;evil title\x07red"; sleep 1; echo end'));
  const { stdout, stderr } = await dopq.tryDopq('logs', '-f', id);
  expect(stdout).toBe('red\nend');
  expect(stderr).toMatch(/✔ succeeded/);
  expect(await dopq.dopq('logs', '--tail', '1', id)).toBe('end');
  expect(await dopq.dopq('logs', '--build', id)).toContain('FROM busybox');
});

test('Ctrl-C ends the waiting and not the job', async () => {
  const { child, said, code } = begin(LAUNCHER, [
    'submit',
    project(dopq, 'left-alone', 'echo here; sleep 600'),
    '--wait',
  ]);
  await waitFor(() => said.stdout.includes('here'));
  child.kill('SIGINT');
  expect(await code).toBe(130);
  const [, id] = /#(\d+) goes on/.exec(said.stderr) ?? [];
  expect((await dopq.client.jobs.get({ id: Number(id) })).state).toBe('running');
  await dopq.dopq('cancel', `#${id}`);
});

test('users are added, listed, disabled and enabled, and a disabled one is refused', async () => {
  const folder = project(dopq, 'by-dave', 'true', { executor_name: 'dave' });
  expect((await dopq.tryDopq('submit', folder, '-u', 'dave')).exitCode).toBe(6);
  expect(await dopq.dopq('user', 'add', 'dave', '--uid', '61234')).toBe('added dave (uid 61234)');
  expect(await dopq.dopq('user', 'disable', 'dave')).toBe('disabled dave');
  expect(await dopq.dopq('user', 'ls')).toMatch(/dave +0\.0000 +1 +0 +0 +0 +61234 +✖ disabled/);
  const refused = await dopq.tryDopq('submit', folder, '-u', 'dave');
  expect(refused.exitCode).toBe(6);
  expect(refused.stderr).toContain('dopq user enable dave');
  await dopq.dopq('user', 'enable', 'dave');
  expect(await dopq.dopq('wait', await submit(folder, '-u', 'dave'))).toContain('✔ succeeded');
});

test.each([
  [['show', '999'], 5, 'There is no job #999'],
  [['logs', '999'], 5, 'There is no job #999'],
  [['cancel', '999'], 5, 'There is no job #999'],
  [['user', 'disable', 'nobody'], 5, 'no user "nobody"'],
  [['user', 'add', 'alice'], 1, 'a user "alice" already'],
  [['user', 'add', '../up'], 2, 'name'],
  [['submit', '/no/such/folder'], 5, '/no/such/folder'],
  [['submit', '/etc/hostname'], 6, 'ends in .zip or .tar'],
  [['submit', '/etc/hostname', '--no-check'], 1, 'suffix'],
  [['pss'], 2, 'Did you mean ps?'],
  [['ps', '-o', 'xml'], 2, 'json'],
  [['show', 'twelve'], 5, 'no job called "twelve"'],
  [['show', '900-999'], 5, 'no job from #900 to #999'],
  [['cancel', '9-3'], 2, 'Write 3-9.'],
  [['ps', '-f', 'state=asleep'], 2, 'is no state'],
  [['ps', '--mine', '-u', 'bob'], 2, 'Only one of'],
  [['ps', '--config', '/no/such/config.ini'], 7, 'dopq serve --config /no/such/config.ini'],
])('dopq %j ends with %i and says why', async (args, code, words) => {
  const { exitCode, stdout, stderr } = await dopq.tryDopq(...args);
  expect(stderr).toContain(words);
  expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
});

test('a server is found by its file, from anywhere and through a link to the launcher, or by its socket', async () => {
  const link = path.join(dopq.dir, 'linked-dopq');
  symlinkSync(LAUNCHER, link);
  const byFile = begin(link, ['status', '--config', dopq.config], {
    DOPQ_CONFIG: '',
    DOPQ_HOST: 'unix:///nowhere.sock',
  });
  expect(await byFile.code).toBe(0);
  const bySocket = begin(LAUNCHER, ['status'], {
    DOPQ_CONFIG: '',
    DOPQ_HOST: `unix://${path.join(dopq.dir, 'data/dopq.sock')}`,
  });
  expect(await bySocket.code).toBe(0);
  expect(bySocket.said.stdout).toContain('simulated');
});

test('a reader that has seen enough is no error', async () => {
  const { code, said } = begin('bash', ['-c', `set -o pipefail; ${LAUNCHER} ps -a -o json | head -c 1`]);
  expect(await code).toBe(0);
  expect(said).toEqual({ stdout: '[', stderr: '' });
});

test('tables fit the terminal and have colour there, unless NO_COLOR is set', async () => {
  const historyOn = async (...prefix: string[]) => {
    const command = [
      'stty cols 80;',
      'env',
      '-u',
      'FORCE_COLOR',
      '-u',
      'NO_COLOR',
      // Node shows no colour where it believes that nobody looks.
      '-u',
      'CI',
      'TERM=xterm-256color',
      ...prefix,
      LAUNCHER,
    ];
    const { code, said } = begin('script', ['-qec', `${command.join(' ')} history`, '/dev/null']);
    expect(await code).toBe(0);
    return said.stdout.replaceAll('\r', '');
  };
  const coloured = await historyOn();
  expect(coloured).toContain('\x1b[32m✔ succeeded');
  const plain = await historyOn('NO_COLOR=1');
  expect(await historyOn('CLICOLOR=0')).not.toContain('\x1b');
  const forced = begin(LAUNCHER, ['history'], { CLICOLOR_FORCE: '1', NO_COLOR: '', FORCE_COLOR: '' });
  expect(await forced.code).toBe(0);
  expect(forced.said.stdout).toContain('\x1b[32m✔ succeeded');
  expect(plain).not.toContain('\x1b');
  expect(plain).toContain('✔ succeeded');
  for (const text of [plain, stripVTControlCharacters(coloured)]) {
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  }
});

test('a server that is not running is told with the way to start it', async () => {
  const gone = await startDopq();
  await gone.stop();
  const { exitCode, stderr } = await gone.tryDopq('ps');
  expect(exitCode).toBe(7);
  expect(stderr).toContain(`dopq serve --config ${gone.config}`);
  await gone[Symbol.asyncDispose]();
});
