// What a monitoring system is told, made from the table and the last readings at each question: nothing is counted twice and
// nothing is lost over a restart.
import { Counter, Gauge, Registry } from 'prom-client';
import { release } from '../release.ts';
import type { ControllerDeps } from './deps.ts';
import { listGpus } from './gpus.ts';

/** Waits are those of jobs that started within this time. */
const WAITS_MS = 24 * 3_600_000;

/** OpenMetrics text, with its final `# EOF`. */
export async function describeMetrics(deps: ControllerDeps): Promise<string> {
  const registry = new Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const gauge = gaugesOf(registry);
  addParts(gauge, deps);
  addJobs(gauge, deps, registry);
  addGpus(gauge, deps);
  return await registry.metrics();
}

type OpenMetrics = Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>;
type Labels = Record<string, string>;
type SetGauge = (name: string, help: string, value: number | null | undefined, labels?: Labels) => void;

function gaugesOf(registry: OpenMetrics): SetGauge {
  const gauges = new Map<string, Gauge>();
  return (name, help, value, labels = {}) => {
    if (typeof value !== 'number') return;
    const known = gauges.get(name) ?? new Gauge({ name, help, labelNames: Object.keys(labels), registers: [registry] });
    gauges.set(name, known);
    known.set(labels, value);
  };
}

function addParts(gauge: SetGauge, deps: ControllerDeps): void {
  const { engine, provider, queue, clock } = deps;
  const [queueStatus, providerStatus] = [queue.status(), provider.status()];
  const now = clock.now();
  gauge('dopq_info', 'Version of this DoPQ, always 1.', 1, { version: release, instance: deps.instance });
  gauge('dopq_start_time_seconds', 'When the server started, Unix time.', deps.startedAt / 1000);
  gauge('dopq_engine_up', '1 while the engine answers.', Number(engine.status().state === 'running'));
  gauge('dopq_provider_up', '1 while the Provider takes submissions.', Number(providerStatus.state === 'running'));
  gauge('dopq_share_up', '1 while the share can be used.', Number(providerStatus.share.state === 'ok'));
  gauge('dopq_provider_restarts', 'How often the Provider was restarted since the start.', providerStatus.restarts);
  gauge('dopq_queue_locked', '1 while starts are stopped by a lock.', Number(queueStatus.locked));
  const { lastRound } = queueStatus;
  const help = 'Seconds since table and engine were last compared.';
  gauge('dopq_reconcile_lag_seconds', help, lastRound && (now - lastRound.at) / 1000);
  gauge('dopq_reconcile_seconds', 'How long the last round of the queue took.', lastRound && lastRound.tookMs / 1000);
  const host = deps.hardware.host();
  gauge('dopq_host_cpus', 'CPUs of the machine.', host.cpus);
  gauge('dopq_host_cpu_percent', 'Use of all CPUs together, 0 to 100.', host.cpuPercent);
  gauge('dopq_host_memory_bytes', 'Memory of the machine.', host.memoryBytes);
  gauge('dopq_host_memory_used_bytes', 'Memory that a new program could not have.', host.memoryUsedBytes);
}

function addJobs(gauge: SetGauge, { store, queue, clock }: ControllerDeps, registry: OpenMetrics): void {
  for (const { key, state, count } of store.jobCounts.by('user')) {
    if (state !== 'finished') gauge('dopq_jobs', 'Jobs that have not finished.', count, { state, user: key });
  }
  const finished = new Counter({
    name: 'dopq_jobs_finished',
    help: 'Finished jobs.',
    labelNames: ['outcome', 'user'],
    registers: [registry],
  });
  for (const { user, outcome, count } of store.jobCounts.finished()) finished.inc({ user, outcome }, count);
  for (const [user, penalty] of queue.view().penalties) {
    gauge('dopq_user_penalty', 'Penalty of a user; lower goes first.', penalty, { user });
  }
  const now = clock.now();
  const waits = store.pastRuns
    .usedIn({ from: now - WAITS_MS, to: now })
    .filter(({ startedAt, queuedAt }) => queuedAt !== null && startedAt >= now - WAITS_MS)
    .map(({ startedAt, queuedAt }) => Math.max(0, startedAt - (queuedAt ?? 0)) / 1000)
    .toSorted((a, b) => a - b);
  for (const quantile of [0.5, 0.9]) {
    const help = 'Wait from queued to started, of jobs that started in the last 24 hours.';
    const at = waits[Math.max(0, Math.ceil(quantile * waits.length) - 1)];
    gauge('dopq_job_wait_seconds', help, at, { quantile: String(quantile) });
  }
}

function addGpus(gauge: SetGauge, deps: ControllerDeps): void {
  for (const gpu of listGpus(deps)) {
    const labels = { uuid: gpu.uuid, machine: gpu.machine, index: String(gpu.index), model: gpu.name };
    gauge(
      'dopq_gpu_usable',
      '1 while jobs may start on it.',
      Number(['free', 'shared', 'busy'].includes(gpu.state)),
      labels,
    );
    gauge('dopq_gpu_utilization_percent', 'Use of the GPU, 0 to 100.', gpu.utilization_percent, labels);
    gauge('dopq_gpu_memory_used_bytes', 'Memory of the GPU in use.', gpu.memory_used_bytes, labels);
    gauge('dopq_gpu_memory_bytes', 'Memory of the GPU.', gpu.memory_bytes, labels);
    gauge('dopq_gpu_power_watts', 'Power the GPU draws.', gpu.power_watts, labels);
    gauge('dopq_gpu_temperature_celsius', 'Temperature of the GPU.', gpu.temperature_celsius, labels);
    gauge('dopq_gpu_slots', 'Shares the GPU is cut into.', gpu.slots, labels);
    gauge('dopq_gpu_slots_used', 'Shares that jobs have.', gpu.slots_used, labels);
  }
}
