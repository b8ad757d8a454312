// The lab of the screenshots: `node packages/web/test/make-lab.ts` keeps one running to look at.
import type { LabJob } from './archive.ts';
import { type Lab, startLab } from './lab.ts';
import { addMeasurements } from './past-measurements.ts';
import { enrol, originOf, PASSWORD } from './people.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const RUNNING: [LabJob, startedMs: number, queuedMs: number][] = [
  [
    { user: 'ana', name: 'vit-l-pretrain', gpus: 2, memory: '96g', cpus: 12, limit: '13h', minutes: 730 },
    9.7 * HOUR,
    12 * MINUTE,
  ],
  [
    { user: 'mei', name: 'protein-fold', gpus: 1, memory: '61g', cpus: 8, limit: '4h', minutes: 230 },
    3.3 * HOUR,
    40 * MINUTE,
  ],
  [
    { user: 'reza', name: 'rl-sweep', gpus: 1, memory: '24g', cpus: 2, limit: '12h', minutes: 700 },
    6.5 * HOUR,
    25 * MINUTE,
  ],
  [
    { user: 'tomas', name: 'seg-unet', gpus: 1, memory: '28g', cpus: 6, limit: '90m', minutes: 85 },
    1.2 * HOUR,
    4 * MINUTE,
  ],
  [
    { user: 'ilja', name: 'llm-eval', gpus: 1, memory: '44g', cpus: 4, limit: '4h', minutes: 200 },
    48 * MINUTE,
    61 * MINUTE,
  ],
  [
    { user: 'noor', name: 'whisper-ft', gpus: 1, memory: '22g', cpus: 4, limit: '8h', minutes: 430 },
    5.2 * HOUR,
    28 * MINUTE,
  ],
  [
    { user: 'tomas', name: 'depth-anything', gpus: 1, memory: '18g', cpus: 4, limit: '6h', minutes: 300 },
    2.6 * HOUR,
    18 * MINUTE,
  ],
];
const WAITING: [[LabJob, number], ...[LabJob, queuedMs: number][]] = [
  [{ user: 'mei', name: 'diffusion-xl', gpus: 2, minutes: 120, limit: '3h' }, 47 * MINUTE],
  [{ user: 'tomas', name: 'pointnet-l', gpus: 2, minutes: 60, limit: '2h' }, 32 * MINUTE],
  [{ user: 'noor', name: 'whisper-xl', gpus: 2, minutes: 90, limit: '2h' }, 62 * MINUTE],
  [{ user: 'noor', name: 'asr-stream', gpus: 2, minutes: 90, limit: '90m' }, 6 * MINUTE],
  [{ user: 'ilja', name: 'llm-eval-70b', gpus: 4, minutes: 200, limit: '4h', memory: '64g' }, 2.2 * HOUR],
  [{ user: 'ilja', name: 'llm-eval-8b', gpus: 2, minutes: 80, limit: '2h' }, 44 * MINUTE],
  [{ user: 'ilja', name: 'bench-nccl', gpus: 2, minutes: 20, limit: '1h' }, 3.4 * HOUR],
  [{ user: 'reza', name: 'world-model', gpus: 2, minutes: 300, limit: '6h' }, 9 * MINUTE],
  [{ user: 'reza', name: 'rl-offline', gpus: 2, minutes: 300, limit: '5h' }, 4 * MINUTE],
  [{ user: 'ana', name: 'vit-ablate', gpus: 2, minutes: 120, limit: '3h' }, 100 * MINUTE],
  [{ user: 'ana', name: 'vit-h-probe', gpus: 2, minutes: 60, limit: '2h' }, 58 * MINUTE],
  [{ user: 'ana', name: 'vit-h-distil', gpus: 2, minutes: 100, limit: '3h' }, 31 * MINUTE],
];

/** How many GPUs are left for jobs that ask for one: one of them is drained. */
const LEFT = 2;
/** How many the jobs of a machine of many GPUs ask for, again and again. */
const SIZES = [4, 1, 8, 2, 1, 4, 2];

/** What runs on a machine of so many GPUs: the same people at work, until only a few are left. */
function runningOn(gpus: number): typeof RUNNING {
  let left = gpus - LEFT - RUNNING.reduce((sum, [job]) => sum + (job.gpus ?? 1), 0);
  const more: typeof RUNNING = [];
  for (let index = 0; left > 0; index += 1) {
    const [{ user, name }] = WAITING[index % WAITING.length] ?? WAITING[0];
    const size = Math.min(left, SIZES[index % SIZES.length] ?? 1);
    const hours = 1 + ((index * 7) % 11);
    const job = { user, name: `${name}-${index + 1}`, gpus: size, cpus: size, memory: `${8 * size}g` };
    more.push([{ ...job, limit: `${hours + 6}h`, minutes: (hours + 4) * 60 }, hours * HOUR, (5 + 3 * index) * MINUTE]);
    left -= size;
  }
  return [...RUNNING, ...more];
}

/** @param options.gpus at least as many as the ten of the pictures */
export async function makeLab(options: { gpus?: number; history?: number } = {}): Promise<Lab> {
  const { gpus = 10, history = 400 } = options;
  const host = `${10 * gpus},${52 * gpus}`;
  const lab = await startLab({ env: { DOPQ_SIM_GPUS: String(gpus), DOPQ_SIM_HOST: gpus > 10 ? host : '96,512' } });
  await lab.addPast(history);
  const ages: Parameters<Lab['age']>[0] = {};
  const running: Record<number, string> = {};
  for (const [job, startedMs, queuedMs] of runningOn(gpus)) {
    const id = await lab.submit(job);
    ages[id] = { startedMs, queuedMs };
    running[id] = 'running';
  }
  await lab.waitForStates(running);
  const free = (await lab.client.gpus.list()).filter(({ state }) => state === 'free');
  const bad = free.at(-1);
  if (bad && free.length > 1) await lab.client.drains.add({ gpu: bad.uuid, reason: '12 ECC errors' });
  const waiting: Record<number, string> = {};
  for (const [job, queuedMs] of WAITING) {
    const id = await lab.submit(job);
    ages[id] = { queuedMs };
    waiting[id] = 'queued';
  }
  await lab.waitForStates(waiting);
  const jobs = await lab.client.jobs.list({ scope: 'active' });
  const held = jobs.find(({ name }) => name === 'bench-nccl');
  if (held) await lab.client.jobs.hold({ id: held.id, reason: 'dataset not mounted yet' });
  await lab.age(ages);
  const aged = await lab.client.jobs.list({ scope: 'active', states: ['running'] });
  const memoryOf = new Map((await lab.client.gpus.list()).map((gpu) => [gpu.uuid, gpu.memory_bytes ?? 0]));
  await lab.whileDown((_db, dataDir) =>
    addMeasurements(
      dataDir,
      Date.now(),
      aged.map(({ id, started_at: startedAt, gpus, memory_bytes: memory, cpus }) => ({
        id,
        startedAt: Date.parse(startedAt ?? ''),
        gpus,
        memory: memory ?? 0,
        cpus: cpus ?? 1,
        gpuMemory: gpus.reduce((sum, uuid) => sum + (memoryOf.get(uuid) ?? 0), 0),
      })),
    ),
  );
  return lab;
}

if (import.meta.main) {
  const lab = await makeLab({ gpus: Number(process.argv[2] ?? 10) });
  await enrol(lab.client, { noor: 'admin' });
  console.log(`${await originOf(lab.client)}: sign in as noor, "${PASSWORD}". Data in ${lab.dir}; Ctrl+C ends it.`);
  process.once('SIGINT', () => void lab[Symbol.asyncDispose]());
}
