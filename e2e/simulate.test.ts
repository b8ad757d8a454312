// `dopq simulate` as a person runs it: a process without any server.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../dopq', import.meta.url));

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'dopq-simulate-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** A line of the Standard Workload Format; seconds. */
const line = (id: number, submit: number, run: number, processors: number, user: number, asked = run): string =>
  [id, submit, -1, run, processors, -1, -1, processors, asked, -1, 1, user, 1, 1, 1, 1, -1, -1].join(' ');

function file(name: string, ...lines: string[]): string {
  const target = path.join(dir, name);
  writeFileSync(target, `${lines.join('\n')}\n`);
  return target;
}

async function simulate(...args: string[]) {
  const env = { DOPQ_CONFIG: path.join(dir, 'no-such.ini'), DOPQ_HOST: '' };
  return await execa(LAUNCHER, ['simulate', ...args], { env, reject: false, stdin: 'ignore' });
}

/** Four processors: one job on all of them, then jobs of 2, 4 and 2. */
const LINES = [line(1, 0, 100, 4, 1), line(2, 10, 50, 2, 2), line(3, 20, 200, 4, 1), line(4, 30, 40, 2, 3)];

// By hand. Without backfill #4 waits for #3 (starts 0, 100, 150, 350); with it #4 runs beside #2 (starts at 100).
test.each([
  ['none', { mean_wait_s: (0 + 90 + 130 + 320) / 4, max_wait_s: 320, makespan_s: 390 }],
  ['easy', { mean_wait_s: (0 + 90 + 130 + 70) / 4, max_wait_s: 130, makespan_s: 350 }],
  ['conservative', { mean_wait_s: (0 + 90 + 130 + 70) / 4, max_wait_s: 130, makespan_s: 350 }],
])('fifo with backfill %s gives the figures of a schedule made by hand', async (backfill, figures) => {
  const trace = file('four.swf', '; MaxProcs: 4', ...LINES);
  const args = ['--trace', trace, '--policy', 'fifo', '--backfill', backfill, '--runtimes', 'perfect', '-o', 'json'];
  const { stdout, exitCode } = await simulate(...args);
  expect(exitCode).toBe(0);
  const report = JSON.parse(stdout) as Record<string, number>;
  expect(report).toMatchObject({ policy: 'fifo', backfill, jobs: 4, skipped: 0, ...figures });
  expect(report.utilization).toBeCloseTo((400 + 100 + 800 + 80) / (4 * figures.makespan_s), 12);
  expect(Object.keys(report)).toEqual(expect.arrayContaining(['p95_wait_s', 'mean_bounded_slowdown']));
  expect((await simulate(...args)).stdout).toBe(stdout);
});

test('the number of GPUs wins over the header, and what cannot run is left out and told', async () => {
  const trace = file('wide.swf', '; MaxProcs: 8', line(1, 0, 10, 8, 1), line(2, 0, 10, 2, 1));
  const { stdout, stderr } = await simulate('--trace', trace, '--gpus', '2', '--policy', 'fifo,fair-share');
  expect(stdout).toMatch(/^POLICY +BACKFILL +JOBS/);
  expect(stdout).toMatch(/\nfifo +conservative +1 .*\nfair-share +conservative +1 /);
  expect(stderr).toContain('Jobs left out: 1.');
  const both = await simulate('--trace', trace, '--gpus', '2', '--policy', 'fifo,fair-share', '-o', 'json');
  expect(JSON.parse(both.stdout)).toMatchObject([{ policy: 'fifo' }, { policy: 'fair-share' }]);
});

test('under what users asked for, a short request is fitted in where a long one is not', async () => {
  // One of 4 is free until #2 (all 4) starts at 100; #3 runs 50 s but asked for 500.
  const jobs = [line(1, 0, 100, 3, 1), line(2, 1, 10, 4, 2), line(3, 2, 50, 1, 3, 500)];
  const trace = file('asked.swf', '; MaxNodes: 4', ...jobs);
  const waits = async (runtimes: string) =>
    JSON.parse((await simulate('--trace', trace, '--backfill', 'easy', '--runtimes', runtimes, '-o', 'json')).stdout);
  expect(await waits('perfect')).toMatchObject({ max_wait_s: 99 });
  expect(await waits('requested')).toMatchObject({ max_wait_s: 108 });
});

test('a CSV of tasks is played on the machines of another one', async () => {
  const machines = file(
    'machines.csv',
    'sn,cpu_milli,memory_mib,gpu,model',
    'n0,8000,65536,1,T4',
    'n1,8000,65536,1,P100',
  );
  const tasks = file(
    'tasks.csv',
    'name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time',
    'a,1000,1024,1,1000,T4,LS,Succeeded,0,100,0',
    'b,1000,1024,1,1000,T4,LS,Succeeded,0,50,0',
    'c,1000,1024,1,500,,LS,Succeeded,0,50,0',
  );
  const { stdout } = await simulate('--trace', tasks, '--machines', machines, '--policy', 'fifo', '-o', 'json');
  expect(JSON.parse(stdout)).toMatchObject({ jobs: 3, max_wait_s: 100, makespan_s: 150 });
  const alone = await simulate('--trace', tasks);
  expect({ code: alone.exitCode, words: alone.stderr }).toEqual({
    code: 2,
    words: expect.stringContaining('--machines'),
  });
});

test('policies are compared with a backfill each, also user by user', async () => {
  const trace = file('compared.swf', '; MaxProcs: 4', ...LINES);
  const { stdout } = await simulate('--trace', trace, '--policy', 'fifo/none,fifo/easy', '--per-user');
  expect(stdout).toMatch(/\nfifo +none +4 .*\nfifo +easy +4 /);
  expect(stdout).toMatch(/\nUSER +JOBS +GPU HOURS +WAIT fifo\/none +WAIT fifo\/easy\n1 +2 +0.3 +1m05s +1m05s\n/);
});

test.each([
  [['--trace', '/no/such.swf'], 5, 'ENOENT'],
  [['--trace', '/etc/hostname'], 2, 'line 1'],
  [['--trace', 'x.swf', '--policy', 'best'], 2, 'fair-share'],
  [['--trace', 'x.swf', '--backfill', 'hard'], 2, 'conservative'],
  [['--trace', 'x.swf', '--policy', 'fifo/hard'], 2, 'conservative'],
])('dopq simulate %j ends with %i and says why', async (args, code, words) => {
  const { exitCode, stdout, stderr } = await simulate(...args);
  expect(stderr).toContain(words);
  expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: '' });
});
