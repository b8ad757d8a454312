import { stripVTControlCharacters } from 'node:util';
import type { Status } from '@dopq/contract';
import { expect, test } from 'vitest';
import { formatTime } from './format.ts';
import { formatStatus } from './status-page.ts';

const STARTED = '2031-05-04T19:38:00.000Z';
const LOCKED = '2031-05-04T19:50:00.000Z';
const part = (state: string) => ({ state, message: null, started_at: STARTED, uptime_seconds: 900 });

function statusWith(queue: Partial<Status['queue']>): Status {
  return {
    version: '2.0.0',
    instance: 'a1',
    server: { ...part('running'), pid: 1, simulated: false, data_dir: '/data', config_file: '/config.ini' },
    queue: {
      ...part('running'),
      locked: false,
      lock: { locked: false, message: null, actor: null, since: null, until: null },
      policy: 'fair-share',
      queued: 2,
      running: 1,
      held: 0,
      promises: { started: 0, kept_p50: 0, kept_p90: 0 },
      ...queue,
    },
    provider: { ...part('running'), pid: 2, restarts: 0, building: 0 },
    controller: { ...part('running'), address: null, socket: '/dopq.sock', setup_code: null },
    engine: {
      ...part('running'),
      endpoint: 'unix:///docker.sock',
      version: null,
      api_version: null,
      gpu_mode: 'none',
      live_restore: null,
    },
    share: { path: '/share', state: 'ok', message: null, since: null },
    disk: [],
    storage: [],
    hardware: { ...part('ok'), gpus: 0, gpus_free: 0, sample_age_seconds: null },
    host: { cpus: 2, cpu_percent: null, memory_bytes: 1024, memory_used_bytes: 0 },
    warnings: [],
  };
}

const LOCK = { locked: true, message: 'driver update', actor: 'user:alice', since: LOCKED, until: null };

test('a lock is told with who set it, since when, why, and what ends it', () => {
  const page = formatStatus(
    statusWith({ state: 'locked', message: 'driver update', locked: true, lock: LOCK, started_at: STARTED }),
    Infinity,
  );
  const lines = page.split('\n').filter((line) => line.includes('driver update'));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(
    `locked by user:alice since ${formatTime(LOCKED)}: driver update; \`dopq unlock\` ends it`,
  );
  expect(lines[0]).not.toContain(formatTime(STARTED));
});

test('an outage under a lock is told beside it', () => {
  const outage = { state: 'paused', message: 'the engine is out', locked: true, lock: LOCK };
  const page = formatStatus(statusWith(outage), Infinity);
  expect(page).toContain('the engine is out');
  expect(page).toContain('locked by user:alice');
});

test('what is too long for the terminal goes on below where it began', () => {
  const lock = { ...LOCK, message: 'the driver is updated, and after it everything is tried once' };
  const lines = formatStatus(statusWith({ state: 'locked', message: null, locked: true, lock }), 60).split('\n');
  expect(lines.filter((line) => stripVTControlCharacters(line).length > 60)).toEqual([]);
  expect(lines).toContainEqual(expect.stringMatching(/^ {12}\S.*once/));
});

test('places on one disk share a line, and one that is short of room has its own with the remedy', () => {
  const room = { free_bytes: 4 * 2 ** 30, total_bytes: 10 * 2 ** 30, message: null };
  const disk = [
    { use: 'data', path: '/data', ...room },
    { use: 'images', path: '/docker', ...room, free_bytes: 2 ** 20, message: 'builds wait' },
    { use: 'logs', path: '/log', ...room },
  ];
  const lines = stripVTControlCharacters(formatStatus({ ...statusWith({}), disk }, Infinity)).split('\n');
  const at = lines.findIndex((line) => line.startsWith('disk'));
  expect(lines.slice(at, at + 3).map((line) => line.replace(/ +/g, ' '))).toEqual([
    'disk ✔ ok 4 GiB of 10 GiB free: data /data, logs /log',
    'disk ✖ low 1 MiB of 10 GiB free: images /docker',
    ' builds wait',
  ]);
});
