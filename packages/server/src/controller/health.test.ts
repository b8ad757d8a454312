import { expect, test } from 'vitest';
import { runController } from './running-controller.fixture.ts';

test('the figures are OpenMetrics, with jobs by state and user, waits, GPUs and the parts of the server', async () => {
  await using running = await runController();
  const { store, sample, clock } = running;
  sample.gpus = [{ uuid: 'GPU-1', index: 0, name: 'A100 "x"\n', utilizationPercent: 73, processes: [] }];
  store.jobs.change(running.addJob().id, ['receiving'], { state: 'held' });
  const { id } = running.addJob({ user: 'bob' });
  const queued = store.jobs.change(id, ['receiving'], { state: 'queued', queuedAt: clock.at - 90_000, numGpus: 0 });
  const place = { machineId: 'local', gpuUuids: [], gpuModels: [], slotsPerGpu: 1 };
  const attempt = queued && store.attempts.begin(queued, place, () => ({ container: 'c', log: '/l' }));
  if (attempt) store.attempts.markRunning(attempt, 'c0ffee', clock.at - 60_000);
  if (attempt) store.attempts.finish(attempt, { outcome: 'failed', reason: null, exitCode: 1, endedAt: clock.at });

  const answer = await running.send('/metrics');
  const text = await answer.text();

  expect(answer.body.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect(text).toContain('dopq_jobs{state="held",user="alice"} 1\n');
  expect(text).toContain('dopq_jobs_finished_total{user="bob",outcome="failed"} 1\n');
  expect(text).toContain('dopq_job_wait_seconds{quantile="0.9"} 30\n');
  expect(text).toContain(
    String.raw`dopq_gpu_utilization_percent{uuid="GPU-1",machine="local",index="0",model="A100 \"x\"\n"} 73`,
  );
  expect(text).toContain('dopq_engine_up 0\n');
  expect(text.endsWith('# EOF\n')).toBe(true);
});

test('it lives as long as it answers, and is ready only while engine, Provider, share and queue work', async () => {
  await using running = await runController();
  const live = await running.send('/healthz');
  expect([live.status, await live.text()]).toEqual([200, 'ok\n']);
  const unready = await running.send('/readyz');
  expect([unready.status, await unready.text()]).toEqual([503, 'engine: down\n']);
  running.deps.engine.status = () => ({ state: 'running', message: null, startedAt: 1 });
  const ready = await running.send('/readyz');
  expect([ready.status, await ready.text()]).toEqual([200, 'ready\n']);
});
