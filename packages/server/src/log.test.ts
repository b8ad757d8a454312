import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openLog } from './log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dopq-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function fakeTerminal() {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk.toString());
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

const recordsOf = (name: string) =>
  readFileSync(join(folder, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('each record is one line of JSON with time, level, component, job and user', async () => {
  const terminal = fakeTerminal();
  {
    await using opened = openLog({ dir: folder, verbose: true, terminal: terminal.stream });
    opened.log.child({ component: 'queue', job: 128, user: 'ana' }).info({ gpus: ['GPU-1'] }, 'started');
    opened.log.child({ component: 'engine' }).debug('a detail');
  }
  expect(recordsOf('dopq.log')).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      component: 'queue',
      job: 128,
      user: 'ana',
      gpus: ['GPU-1'],
      msg: 'started',
    },
    { level: 'debug', time: expect.any(String), component: 'engine', msg: 'a detail' },
  ]);
  expect(terminal.text()).toMatch(/^\[.*\] INFO: queue #128 ana: started \{"gpus":\["GPU-1"\]\}\n$/);
});

test('a terminal that is not verbose gets warnings only, the file gets all', async () => {
  const terminal = fakeTerminal();
  {
    await using opened = openLog({ dir: folder, verbose: false, terminal: terminal.stream });
    opened.log.info('calm');
    opened.log.warn('look here');
  }
  expect(terminal.text()).toMatch(/^\[.*\] WARN: look here\n$/);
  expect(recordsOf('dopq.log')).toHaveLength(2);
});

test('what a user writes cannot steer the terminal', async () => {
  const terminal = fakeTerminal();
  {
    await using opened = openLog({ dir: folder, verbose: true, terminal: terminal.stream });
    opened.log.info('name \u001b[2J\u0007 \u009b31m end');
  }
  expect(terminal.text()).toContain('name \ufffd[2J\ufffd \ufffd31m end');
});

test('files are rotated by size and only so many are kept', async () => {
  {
    await using opened = openLog({
      dir: folder,
      verbose: false,
      terminal: fakeTerminal().stream,
      maxBytes: 2000,
      files: 2,
    });
    for (let number = 0; number < 200; number++) opened.log.info({ number }, 'a line of some length to fill the file');
  }
  expect(recordsOf('dopq.log.1').length).toBeGreaterThan(10);
  expect(statSync(join(folder, 'dopq.log.2')).size).toBeLessThan(2200);
  expect(existsSync(join(folder, 'dopq.log.3'))).toBe(false);
  const kept = ['dopq.log.2', 'dopq.log.1', 'dopq.log'].flatMap((name) =>
    existsSync(join(folder, name)) ? recordsOf(name) : [],
  );
  const numbers = kept.map((record) => record.number);
  expect(numbers).toEqual(Array.from({ length: kept.length }, (_, index) => 200 - kept.length + index));
});

test('a log that is opened again goes on in the same file', async () => {
  for (const run of ['first', 'second']) {
    await using opened = openLog({ dir: folder, verbose: false, terminal: fakeTerminal().stream });
    opened.log.info(run);
  }
  expect(recordsOf('dopq.log').map((record) => record.msg)).toEqual(['first', 'second']);
});

test('a log that cannot be written is told once, costs lines only, and goes on when it can be written again', async () => {
  const terminal = fakeTerminal();
  let now = 1_000_000;
  // A folder in the place of the file: what stops a write also for root.
  mkdirSync(join(folder, 'dopq.log'));
  {
    await using opened = openLog({ dir: folder, verbose: false, terminal: terminal.stream, clock: { now: () => now } });
    opened.log.info('lost 1');
    await vi.waitFor(() => expect(opened.problem()).toContain('cannot be written'));
    opened.log.info('lost 2');
    rmdirSync(join(folder, 'dopq.log'));
    opened.log.info('lost 3, because it was tried just now');
    now += 5000;
    opened.log.info('written');
    await vi.waitFor(() => expect(opened.problem()).toBeNull());
  }
  expect(terminal.text().match(/cannot be written/g)).toHaveLength(1);
  expect(terminal.text()).toMatch(/is written again; up to 3 lines were lost/);
  expect(recordsOf('dopq.log').map((record) => record.msg)).toEqual([
    'written',
    expect.stringContaining('up to 3 lines were lost'),
  ]);
});

test('a terminal that has gone away stops nothing', async () => {
  const gone = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
  {
    await using opened = openLog({ dir: folder, verbose: true, terminal: gone });
    opened.log.info('one');
    await vi.waitFor(() => expect(gone.destroyed).toBe(true));
    opened.log.info('two');
  }
  expect(recordsOf('dopq.log').map((record) => record.msg)).toEqual(['one', 'two']);
});

test('a name that only spells an escape stays readable, and one that steers the terminal does not', async () => {
  const terminal = fakeTerminal();
  {
    await using opened = openLog({ dir: folder, verbose: true, terminal: terminal.stream });
    opened.log.child({ component: 'queue' }).info(String.raw`job a\u001b[2Jb` + '\x1b[2J\rc');
  }
  expect(terminal.text()).toMatch(/^\[.*\] INFO: queue: job a\\u001b\[2Jb\ufffd\[2J\ufffdc\n$/);
});
