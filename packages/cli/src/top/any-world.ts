// For tests: as much of a world as the screen looks at; what the contract has besides is not made up here.
import type { Gpu, Job, Status } from '@dopq/contract';
import type { World } from './state.ts';

const AT = '2031-05-04T12:00:00.000Z';

export function anyJob(id: number, more: Partial<Job> = {}): Job {
  const job: Partial<Job> = {
    id,
    name: `job-${id}`,
    user: 'alice',
    state: 'running',
    outcome: null,
    exit_code: null,
    reason: null,
    position: null,
    num_gpus: 1,
    num_slots: 1,
    memory_bytes: 2 ** 31,
    cpus: 1,
    gpu_models: [],
    min_gpu_memory_bytes: null,
    time_limit_seconds: null,
    priority: 0,
    nice: 0,
    gpus: [],
    attempt: 1,
    container_name: null,
    image: null,
    source: 'share',
    file: `job-${id}.zip`,
    unverified: false,
    notes: [],
    log: null,
    build_log: null,
    created_at: AT,
    queued_at: AT,
    not_before_at: null,
    predicted_start_at: null,
    predicted_start_p90_at: null,
    started_at: null,
    finished_at: null,
    ...more,
  };
  return job as Job;
}

export function anyGpu(index: number, more: Partial<Gpu> = {}): Gpu {
  const gpu: Partial<Gpu> = {
    machine: 'local',
    uuid: `GPU-${index}`,
    index,
    name: 'NVIDIA A100-SXM4-40GB',
    state: 'free',
    reason: null,
    memory_bytes: 40 * 2 ** 30,
    memory_used_bytes: 2 ** 30,
    utilization_percent: 12,
    temperature_celsius: 40,
    power_watts: 80,
    slots: 1,
    slots_used: 0,
    jobs: [],
    processes: [],
    ...more,
  };
  return gpu as Gpu;
}

export function anyWorld(jobs: Job[], gpus: Gpu[]): World {
  const part = { state: 'running', message: null, started_at: AT, uptime_seconds: 60 };
  const status: { [Part in keyof Status]?: Partial<Status[Part]> } = {
    queue: { ...part, locked: false, policy: 'fair-share', queued: 2, running: 3, held: 0 },
    provider: part,
    engine: part,
    share: { state: 'ok', message: null },
    disk: [{ use: 'data', path: '/data', free_bytes: 2 ** 35, total_bytes: 2 ** 36, message: null }],
    host: { cpus: 8, cpu_percent: 50, memory_bytes: 2 ** 35, memory_used_bytes: 2 ** 33 },
  };
  return { status: status as Status, gpus, jobs };
}
