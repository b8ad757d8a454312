// What operators and administrators type: one server on the simulated engine, and every change is seen where it shows.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import {
  AuditEntry,
  Channel,
  Delivery,
  Drain,
  Explanation,
  Gpu,
  Job,
  JobDetail,
  Ledger,
  PendingUser,
  Policy,
  Secret,
  Status,
  Token,
  Usage,
  User,
  WhoAmI,
} from '@dopq/contract';
import { type Dopq, startDopq, waitFor } from '@dopq/testbed';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { project } from './project.ts';
import { onTerminal } from './pseudo-terminal.ts';

const LAUNCHER = fileURLToPath(new URL('../dopq', import.meta.url));

let dopq: Dopq;
beforeAll(async () => {
  dopq = await startDopq({ settings: { notify: { 'webhook.private': 'yes' } } });
});
afterAll(() => dopq[Symbol.asyncDispose]());

async function submit(name: string, more: object = {}, command = 'sleep 1'): Promise<string> {
  return (await dopq.dopq('submit', '-q', project(dopq, name, command, more))).trim();
}

const json = async (...args: string[]): Promise<unknown> => JSON.parse(await dopq.dopq(...args, '-o', 'json'));

test('drain takes a GPU out of use with the reason, drain alone lists it, undrain brings it back', async () => {
  expect(Drain.array().parse(await json('drain', '1', '--reason', 'loud fan'))).toMatchObject([
    { kind: 'gpu', reason: 'loud fan' },
  ]);
  expect(await dopq.dopq('drain')).toMatch(/^WHAT +SINCE +BY +REASON\ngpu GPU-.*loud fan$/);
  await waitFor(async () => /1 +\S.*‖ drained/.test(await dopq.dopq('gpus')));
  expect(Drain.array().parse(await json('undrain', '1'))).toEqual([]);
  expect(await dopq.tryDopq('drain', '77')).toMatchObject({ exitCode: 5, stdout: '' });
  expect(await dopq.tryDopq('undrain')).toMatchObject({ exitCode: 2, stdout: '' });
});

test('policy shows what is in force beside config.ini, changes it and takes it back', async () => {
  const changed = Policy.parse(await json('policy', '--set', 'half_life=14d', '--set', 'max_running_jobs=3'));
  expect(changed.settings).toMatchObject({ half_life_seconds: 14 * 86_400, max_running_jobs: 3 });
  expect(await dopq.dopq('policy')).toMatch(/\n\* half_life +14d00h +7d00h\n/);
  const back = Policy.parse(await json('policy', '--reset', 'half_life', '--reset', 'max_running_jobs'));
  expect(back.changed).toEqual([]);
  expect(await dopq.tryDopq('policy', '--set', 'speed=1')).toMatchObject({ exitCode: 2, stdout: '' });
});

test('delete takes waiting jobs out and tells of those that it leaves alone', async () => {
  await dopq.dopq('lock', '--message', 'maintenance', '--until', '2h');
  const [first, second] = [await submit('one'), await submit('two')];
  for (const id of [first, second])
    await waitFor(async () => (await dopq.client.jobs.get({ id: Number(id) })).state === 'queued');
  expect(await dopq.dopq('ps')).toContain('maintenance');
  expect((await dopq.dopq('delete', `${first},${second}`)).split('\n')).toEqual([
    `#${first} deleted`,
    `#${second} deleted`,
  ]);
  const again = await dopq.tryDopq('delete', first);
  expect(again.exitCode).not.toBe(0);
  expect(again.stderr).toContain(`#${first}`);
  await dopq.dopq('unlock');
});

test('usage is a report for people, one document of the contract, and CSV', async () => {
  await dopq.dopq('wait', await submit('used', { num_gpus: 1 }));
  const report = Usage.parse(await json('usage', '--by', 'user'));
  expect(report.lines).toMatchObject([{ key: 'alice', jobs: 1, succeeded: 1 }]);
  expect(await dopq.dopq('usage')).toMatch(/^USER +JOBS +GPU H +GPU USE +WAIT .*\nalice +1 .*\ntotal +1 /);
  expect(await dopq.dopq('usage', '--by', 'gpu', '-o', 'csv')).toMatch(/^gpu,jobs,gpu_hours,.*\r\nGPU-\S+,1,/);
});

test('notify tells a webhook what its owner asked for, tries it out, and tells what did not get through', async () => {
  const calls: string[] = [];
  let status = 204;
  const receive = async (request: IncomingMessage, answer: ServerResponse) => {
    calls.push(await readText(request));
    answer.writeHead(status).end();
  };
  const receiver = createServer((request, answer) => void receive(request, answer));
  await new Promise<void>((resolve) => void receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  const ofAlice = ['-u', 'alice'];
  const added = await dopq.tryDopq('notify', 'webhook', url, '--on', 'started,failed', ...ofAlice);
  expect(added).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^whsec_\S+$/) });
  const [, id = ''] = /channel (\d+) tells/.exec(added.stderr) ?? [];
  expect(await dopq.dopq('notify', 'test', id)).toBe(`channel ${id} works: a test was delivered`);
  expect(calls).toHaveLength(1);
  await dopq.dopq('wait', await submit('told'));
  await waitFor(() => calls.some((call) => call.includes('told has started')), { timeoutMs: 60_000 });

  status = 500;
  const failed = await dopq.tryDopq('notify', 'test', id);
  expect(failed).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining('500') });
  await new Promise((resolve) => void receiver.close(resolve));
  expect(Channel.array().parse(await json('notify', 'ls', ...ofAlice))).toMatchObject([
    { target: url, events: ['started', 'failed'], user: 'alice' },
  ]);
  expect(await dopq.dopq('notify', 'ls', ...ofAlice)).toMatch(
    /^ *ID +KIND +TO +OF .*\n *\d+ +webhook +http:.* started, failed /,
  );
  const log = Delivery.array().parse(await json('notify', 'log', ...ofAlice));
  expect(log.map(({ text }) => text)).toEqual(expect.arrayContaining([expect.stringContaining('told has started')]));
  expect(await dopq.dopq('notify', 'rm', id)).toBe(`channel ${id} is removed`);
  expect((await dopq.tryDopq('notify', 'ls', ...ofAlice)).stderr).toContain('No channels.');
  expect(await dopq.tryDopq('notify', 'test', id)).toMatchObject({ exitCode: 5, stdout: '' });
  expect(await dopq.tryDopq('notify', 'webhook', url, '--on', 'birthdays')).toMatchObject({ exitCode: 2, stdout: '' });
});

test('secret takes a value from stdin, lists names only, and the containers of its user have it and do not print it', async () => {
  const set = await execa(LAUNCHER, ['secret', 'set', 'HF_TOKEN', '--value-stdin', '-u', 'alice'], {
    env: { DOPQ_CONFIG: dopq.config },
    input: 'hf_very_secret_value\n',
  });
  expect(set.stdout).toBe('HF_TOKEN is set; jobs that start from now on have it');
  const listed = Secret.array().parse(await json('secret', 'ls', '-u', 'alice'));
  expect(listed.map(({ name }) => name)).toEqual(['HF_TOKEN']);
  expect(JSON.stringify(listed)).not.toContain('very_secret');
  const id = await submit('has-secret', {}, 'test -n "$HF_TOKEN" && echo it is $HF_TOKEN');
  expect(await dopq.dopq('wait', id)).toContain('succeeded');
  expect(await dopq.dopq('logs', id)).toMatch(/^it is (?!.*very_secret)\S+$/);
  expect(await dopq.dopq('audit', '-o', 'wide')).toMatch(/secrets\.set .*HF_TOKEN/);
  expect(await dopq.dopq('audit', '-o', 'wide')).not.toContain('very_secret');
  expect(await dopq.dopq('secret', 'rm', 'HF_TOKEN', '-u', 'alice')).toBe('HF_TOKEN is removed');
  expect(await dopq.tryDopq('secret', 'rm', 'HF_TOKEN', '-u', 'alice')).toMatchObject({ exitCode: 5, stdout: '' });
});

test('ps -w shows the list anew on the other screen until Ctrl-C, and leaves the terminal as it was', async () => {
  const terminal = onTerminal(`${LAUNCHER} ps -w`, { env: { DOPQ_CONFIG: dopq.config } });
  await waitFor(() => terminal.said().includes('REASON'), { timeoutMs: 60_000 });
  await dopq.dopq('lock');
  const id = await submit('seen-later');
  await waitFor(() => terminal.said().includes('seen-later'), { timeoutMs: 60_000 });
  terminal.type('\x03');
  expect(await terminal.code).toBe(130);
  expect(terminal.said().startsWith('\x1b[?1049h')).toBe(true);
  expect(terminal.said().replaceAll('^C', '').endsWith('\x1b[?7h\x1b[?25h\x1b[?1049l')).toBe(true);
  await dopq.dopq('cancel', id);
  await dopq.dopq('unlock');
});

const LISTS: [string[], { parse(value: unknown): unknown }][] = [
  [['ps', '-a'], Job.array()],
  [['history'], Job.array()],
  [['show', 'used'], JobDetail],
  [['explain', 'used'], Explanation],
  [['gpus'], Gpu.array()],
  [['users'], User.array()],
  [['user', 'ls'], User.array()],
  [['user', 'pending'], PendingUser.array()],
  [['status'], Status],
  [['drain'], Drain.array()],
  [['policy'], Policy],
  [['ledger'], Ledger.array()],
  [['ledger', 'alice'], Ledger.array()],
  [['usage'], Usage],
  [['audit'], AuditEntry.array()],
  [['token', 'ls', '-u', 'alice'], Token.array()],
  [['secret', 'ls', '-u', 'alice'], Secret.array()],
  [['notify', 'ls', '-u', 'alice'], Channel.array()],
  [['notify', 'log', '-u', 'alice'], Delivery.array()],
  [['whoami'], WhoAmI],
];

test('each list as JSON is one document of the contract, and nothing else is on stdout', async () => {
  // Some at a time: each is a process.
  for (let at = 0; at < LISTS.length; at += 5) {
    const found = await Promise.all(
      LISTS.slice(at, at + 5).map(async ([words, schema]) => {
        const { exitCode, stdout } = await dopq.tryDopq(...words, '-o', 'json');
        const document: unknown = JSON.parse(stdout);
        return { words, exitCode, document, parsed: schema.parse(document) };
      }),
    );
    for (const { words, exitCode, document, parsed } of found)
      expect({ words, exitCode, document: parsed }).toEqual({ words, exitCode: 0, document });
  }
});

test('clear-history asks for words to be typed, does nothing for others, and needs --yes where nobody can be asked', async () => {
  const refused = await dopq.tryDopq('clear-history');
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toContain('--yes');
  const answer = async (words: string) => {
    const asked = onTerminal(`${LAUNCHER} clear-history`, { env: { DOPQ_CONFIG: dopq.config } });
    await waitFor(() => asked.said().includes('to go on:'), { timeoutMs: 60_000 });
    asked.type(words);
    return { code: await asked.code, said: asked.said() };
  };
  expect(await answer('yes\r')).toMatchObject({ code: 1, said: expect.stringContaining('Nothing was done.') });
  expect(await answer('\x03')).toMatchObject({ code: 130 });
  expect((await dopq.dopq('history', '-q')).split('\n').length).toBeGreaterThan(0);
  expect(await answer('clear history\r')).toMatchObject({ code: 0, said: expect.stringMatching(/\d+ jobs? cleared/) });
  expect(await dopq.dopq('history', '-q')).toBe('');
});

test('shutdown ends the server and says what runs on', async () => {
  expect((await dopq.tryDopq('shutdown')).exitCode).toBe(2);
  expect(await dopq.dopq('shutdown', '--yes')).toBe('DoPQ ends; no job runs');
  await dopq.ended();
  expect((await dopq.tryDopq('ps')).exitCode).toBe(7);
});
