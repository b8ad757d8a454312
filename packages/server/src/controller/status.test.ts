import { expect, test } from 'vitest';
import { runController } from './running-controller.fixture.ts';

test('the status tells each part with its state, what is wrong and the figures', async () => {
  await using running = await runController();
  const { client, clock, store, deps } = running;
  store.jobs.change(running.addJob().id, ['receiving'], { state: 'building' });
  store.jobs.change(running.addJob().id, ['receiving'], { state: 'queued' });
  clock.at += 65_000;

  const status = await client.status();

  expect(status).toMatchObject({
    instance: 'abc123',
    server: { state: 'running', uptime_seconds: 65, pid: process.pid, data_dir: deps.config.paths.data },
    queue: { state: 'running', queued: 1, running: 0, policy: 'fair-share', locked: false },
    provider: { pid: 4711, building: 1 },
    engine: {
      state: 'down',
      message: 'no socket at /run/nothing.sock',
      version: null,
      endpoint: deps.config.docker.endpoint,
    },
    share: { path: deps.config.paths.network, state: 'ok' },
    hardware: { state: 'ok', gpus: 0, sample_age_seconds: 65 },
    host: { cpus: 8 },
    warnings: ['[paths] unzip.dir has no effect'],
  });
  expect(status.disk.map(({ use }) => use)).toEqual(['data', 'accepted archives', 'logs']);
  for (const disk of status.disk) expect(disk.total_bytes).toBeGreaterThan(disk.free_bytes);
});

test('a disk with less free space than min.space says what waits for it', async () => {
  await using running = await runController({ 'min.space': '0.99999' });
  const { disk } = await running.client.status();
  expect(disk[0]?.message).toContain('new submissions wait');
});
