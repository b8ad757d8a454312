// A lab as it is on a Thursday afternoon, on the simulated engine: people with a past, jobs that have run for hours, a queue.
// Time is made by ageing: what was just started or recorded is moved back, and the simulated engine plays the past again.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Outcome } from '@dopq/contract';
import { type Dopq, type DopqOptions, startDopq, waitFor, zip } from '@dopq/testbed';
import { NO_PROMISE } from '../../server/src/store/promises.ts';
import { openStore } from '../../server/src/store/store.ts';

export const PEOPLE = ['ana', 'ilja', 'mei', 'noor', 'reza', 'tomas'] as const;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const GIB = 1024 ** 3;

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

export interface Lab extends Dopq {
  /** Submits by the share and waits until the job is in the table. */
  submit(job: LabJob): Promise<number>;
  waitForStates(states: Record<number, string>): Promise<void>;
  /** Stops the server, changes its data, starts it again. */
  whileDown(change: (db: DatabaseSync, dataDir: string) => void): Promise<void>;
  /** Finished jobs of the last days. */
  addPast(count: number): Promise<void>;
  /** Starts the server again on the same port, as after a restart of the machine. */
  startAt(port: string): Promise<void>;
  /** Moves jobs back in time, milliseconds by id; running containers with them. */
  age(byId: Record<number, { startedMs?: number; queuedMs: number }>): Promise<void>;
}

export async function startLab(options: Omit<DopqOptions, 'engine'> = {}): Promise<Lab> {
  const dopq = await startDopq({ users: PEOPLE, ...options });
  const dataDir = path.join(dopq.dir, 'data');
  const lab: Lab = Object.assign(dopq, {
    async submit(job: LabJob) {
      const file = `${job.name}.zip`;
      const find = async (): Promise<number[]> =>
        (await dopq.client.jobs.list({ scope: 'all', user: job.user }))
          .filter((one) => one.file === file)
          .map(({ id }) => id);
      const earlier = await find();
      dopq.drop(job.user, file, await archiveOf(job));
      let id = 0;
      await waitFor(
        async () => {
          id = (await find()).find((one) => !earlier.includes(one)) ?? 0;
          return id > 0;
        },
        { timeoutMs: 60_000, message: () => `${file} to be seen` },
      );
      return id;
    },
    async waitForStates(states: Record<number, string>) {
      await waitFor(
        async () => {
          const jobs = await dopq.client.jobs.list({ scope: 'all' });
          return Object.entries(states).every(
            ([id, state]) => jobs.find((job) => job.id === Number(id))?.state === state,
          );
        },
        { timeoutMs: 90_000, message: () => `jobs to be ${JSON.stringify(states)}` },
      );
    },
    async whileDown(change: (db: DatabaseSync, dataDir: string) => void) {
      await dopq.stop();
      {
        const db = new DatabaseSync(path.join(dataDir, 'dopq.db'));
        change(db, dataDir);
        db.close();
      }
      await dopq.start();
    },
    async addPast(count: number) {
      const gpus = await dopq.client.gpus.list();
      await lab.whileDown((_db, data) =>
        addHistory(
          path.join(data, 'dopq.db'),
          Date.now(),
          count,
          gpus.map(({ uuid }) => uuid),
          gpus[0]?.name ?? '',
        ),
      );
    },
    async startAt(port: string) {
      writeFileSync(dopq.config, readFileSync(dopq.config, 'utf8').replace(/^port = .*$/m, `port = ${port}`));
      await dopq.start();
    },
    async age(byId: Record<number, { startedMs?: number; queuedMs: number }>) {
      await lab.whileDown((db) => {
        for (const [id, ages] of Object.entries(byId)) {
          const startedMs = Math.round(ages.startedMs ?? 0);
          const queuedMs = Math.round(ages.queuedMs);
          db.prepare(
            'update jobs set createdAt = createdAt - ?, queuedAt = queuedAt - ?, startedAt = startedAt - ? where id = ?',
          ).run(startedMs + queuedMs + 20_000, startedMs + queuedMs, startedMs, Number(id));
          db.prepare('update events set at = at - ? where jobId = ?').run(startedMs, Number(id));
          db.prepare(
            "update events set at = at - ? where jobId = ? and kind in ('received', 'checked', 'fetched', 'built', 'queued', 'building', 'checking')",
          ).run(queuedMs, Number(id));
          if (startedMs === 0) continue;
          // What was foreseen for it was foreseen at another time: no record of how good predictions are.
          const columns = Object.keys(NO_PROMISE).map((column) => `${column} = null`);
          db.prepare(`update jobs set ${columns.join(', ')} where id = ?`).run(Number(id));
          db.prepare('update attempts set createdAt = createdAt - ?, startedAt = startedAt - ? where jobId = ?').run(
            startedMs,
            startedMs,
            Number(id),
          );
          // What was copied of its log is of another time; the engine tells it again.
          for (const name of readdirSync(path.join(dataDir, 'log'))) {
            if (/^\d+\.\d+\.log$/.test(name) && name.startsWith(`${id}.`)) rmSync(path.join(dataDir, 'log', name));
          }
          ageContainers(path.join(dataDir, 'simulated', 'containers'), `dopq-${id}-`, startedMs);
        }
      });
    },
  });
  return lab;
}

function ageContainers(folder: string, prefix: string, ms: number): void {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    const record = JSON.parse(readFileSync(file, 'utf8')) as {
      createdAt: number;
      startedAt?: number;
      spec: { name: string };
    };
    if (!record.spec.name.startsWith(prefix)) continue;
    writeFileSync(
      file,
      JSON.stringify({ ...record, createdAt: record.createdAt - ms, startedAt: (record.startedAt ?? 0) - ms }),
    );
  }
}

const PAST_NAMES = [
  'vit-s-base',
  'unet-ablate',
  'docking-mini',
  'bert-probe',
  'rl-sweep-a',
  'asr-clean',
  'pointnet-s',
  'clip-eval',
  'whisper-s',
  'seg-probe',
  'llm-eval-7b',
  'gan-baseline',
];
const ENDS: [Outcome, number | null, string | null][] = [
  ['succeeded', 0, null],
  ['succeeded', 0, null],
  ['succeeded', 0, null],
  ['succeeded', 0, null],
  ['out_of_memory', 137, 'used more than its 16 GiB of memory'],
  ['succeeded', 0, null],
  ['timed_out', 137, 'ran longer than its time limit of 4 h'],
  ['succeeded', 0, null],
  ['failed', 1, 'exit code 1'],
  ['succeeded', 0, null],
  ['cancelled', null, 'cancelled by noor'],
  ['succeeded', 0, null],
];

/** GPU hours each person used lately, as a weight: the first ones go first now. */
const APPETITE: Record<string, number> = { mei: 0.5, tomas: 0.6, noor: 0.8, ilja: 1, reza: 1.5, ana: 2.2 };

/**
 * Finished jobs over the last days, as the server would have recorded them.
 * @param count how many; the newest ended a quarter of an hour ago
 */
function addHistory(
  databaseFile: string,
  now: number,
  count: number,
  gpuUuids: readonly string[],
  gpuModel: string,
): void {
  let at = now;
  using store = openStore(databaseFile, { now: () => at });
  store.transaction(() => {
    for (let index = count - 1; index >= 0; index -= 1) {
      const user = PEOPLE[(index * 5 + Math.floor(index / 3)) % PEOPLE.length] ?? 'mei';
      const name = PAST_NAMES[(index * 7) % PAST_NAMES.length] ?? 'run';
      const [outcome, exitCode, reason] = ENDS[(index * 11) % ENDS.length] ?? ['succeeded', 0, null];
      const hours = (0.3 + ((index * 37) % 60) / 12) * (APPETITE[user] ?? 1);
      const endedAt = now - 15 * MINUTE - index * 47 * MINUTE;
      const startedAt = Math.round(endedAt - hours * HOUR);
      const waitMs = (3 + ((index * 13) % 50)) * MINUTE;
      at = startedAt - waitMs - 30_000;
      const job = store.jobs.create(
        {
          user,
          name,
          state: 'receiving',
          source: 'share',
          inbox: `/share/${user}`,
          file: `${name}.zip`,
          zipPlace: 'removed',
          zipBytes: 3_400_000,
          unverified: false,
        },
        { actor: 'provider', kind: 'received', message: `${name}.zip seen` },
      );
      const ask = {
        numGpus: 1 + (index % 3 === 0 ? 1 : 0),
        numSlots: 1,
        memoryBytes: 16 * GIB,
        cpus: 4,
        image: `dopq/${name}:${job.id}`,
        imageId: 'sha256:0',
      };
      at = startedAt - waitMs;
      store.jobs.change(
        job.id,
        ['receiving'],
        { state: 'queued', queuedAt: at, ...ask },
        { actor: 'provider', kind: 'queued', message: 'built and queued' },
      );
      const promise = foreseen(at, waitMs, index);
      store.promises.record({ at, foreseen: new Map([[job.id, promise]]), told: new Map([[job.id, promise]]) });
      const queued = store.jobs.get(job.id);
      at = startedAt;
      const uuids = gpuUuids
        .slice(index % gpuUuids.length)
        .concat(gpuUuids)
        .slice(0, ask.numGpus);
      const placement = { machineId: 'local', gpuUuids: uuids, gpuModels: uuids.map(() => gpuModel), slotsPerGpu: 1 };
      const attempt = store.attempts.begin(queued, placement, (number) => ({
        container: `dopq-${job.id}-${number}`,
        log: `/nowhere/${job.id}.log`,
      }));
      if (!attempt) throw new Error(`job #${job.id} could not begin`);
      store.attempts.markRunning(attempt, `past-${job.id}`, startedAt);
      at = endedAt;
      store.attempts.finish(attempt, { outcome, reason, exitCode, endedAt });
    }
  });
}

/** What was foreseen of a wait: half of the P50 are kept and nine of ten P90, as they should be. */
function foreseen(at: number, waitMs: number, index: number): { p50At: number; p90At: number } {
  const p50Ms = waitMs * (0.55 + ((index * 7) % 10) / 10);
  return { p50At: at + p50Ms, p90At: at + 1.75 * p50Ms };
}

/** Queued jobs without end, as the server would have recorded them; more than any machine of the test could start. */
export function addQueue(dataDir: string, count: number, gpus = 4): void {
  const now = Date.now();
  using store = openStore(path.join(dataDir, 'dopq.db'), { now: () => now });
  store.transaction(() => {
    for (let index = 0; index < count; index += 1) {
      const user = PEOPLE[index % PEOPLE.length] ?? 'mei';
      const job = store.jobs.create(
        {
          user,
          name: `row-${index}`,
          state: 'receiving',
          source: 'share',
          inbox: `/share/${user}`,
          file: `row-${index}.zip`,
          zipPlace: 'removed',
          unverified: false,
        },
        { actor: 'provider', kind: 'received', message: 'seen' },
      );
      const ask = { numGpus: gpus, numSlots: 1, memoryBytes: 16 * GIB, cpus: 4, image: 'none', imageId: 'sha256:0' };
      store.jobs.change(
        job.id,
        ['receiving'],
        { state: 'queued', queuedAt: now, ...ask },
        { actor: 'provider', kind: 'queued', message: 'queued' },
      );
    }
  });
}
