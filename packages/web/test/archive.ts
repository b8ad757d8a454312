// What people of the lab submit: archives that the simulated engine plays.
import { zip } from '@dopq/testbed';

export interface LabJob {
  user: string;
  name: string;
  gpus?: number;
  model?: string;
  memory?: string;
  cpus?: number;
  limit?: string;
  /** How long it takes, minutes. */
  minutes?: number;
  log?: string[];
  /** What its container ends with: a code or `oom`. */
  exit?: string;
  dockerfile?: string;
  more?: Record<string, unknown>;
}

/** The archive of a job that does what is asked for, in simulated time. */
export async function archiveOf(job: LabJob): Promise<Uint8Array> {
  const { user, name, gpus = 1, model, memory = '16g', cpus = 4, limit, minutes = 600, log, exit, more } = job;
  const lines = log ?? trainingLog(minutes);
  const dockerfile = [
    'FROM busybox',
    'WORKDIR /app',
    'COPY train.py .',
    `ENV DOPQ_SIM_SECONDS=${minutes * 60}`,
    `ENV DOPQ_SIM_LOG="${lines.join('\\n')}"`,
    ...(exit === undefined ? [] : [`ENV DOPQ_SIM_EXIT=${exit}`]),
    'CMD ["python", "train.py"]',
  ].join('\n');
  const config = {
    name,
    executor_name: user,
    required_memory: memory,
    cpus,
    num_gpus: gpus,
    num_slots: 1,
    ...(model && { gpu_model: model }),
    ...(limit && { time_limit: limit }),
    ...more,
  };
  return await zip({
    Dockerfile: job.dockerfile ?? dockerfile,
    'train.py': '# played by the simulated engine\n',
    'container_config.json': JSON.stringify(config, null, 2),
  });
}

function trainingLog(minutes: number): string[] {
  const steps = Math.min(600, Math.max(4, Math.round(minutes)));
  return Array.from({ length: steps }, (_, index) => {
    const step = (index + 1) * 20;
    if (index % 40 === 39) return `\u001b[32msaved\u001b[0m /out/checkpoint-${step} (1.6 GB in 0.9 s)`;
    if (index % 57 === 56) return `\u001b[33mWARNING\u001b[0m batch ${step}: gradient norm 14.2 is clipped to 1.0`;
    return `step ${step}/${steps * 20}  loss ${(2.1 * Math.exp(-index / 180) + 0.31 + (index % 7) / 900).toFixed(4)}  lr 3.0e-05  1.9 it/s`;
  });
}
