// Jobs that nobody waits for: written into the database as the server would have recorded them.
import path from 'node:path';
import type { Outcome } from '@dopq/contract';
import { openStore } from '../../server/src/store/store.ts';

export const PEOPLE = ['ana', 'ilja', 'mei', 'noor', 'reza', 'tomas'] as const;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const GIB = 1024 ** 3;

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
export function addHistory(
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
