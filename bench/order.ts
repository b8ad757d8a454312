// (e) The order of 10,000 queued jobs of 1,000 users under our policies, beside 1.0's way: a sort whose key walks the whole
// history for each job. Same numbers, same process.
import { plan, type Snapshot } from '@dopq/scheduler';
import { median } from './figures.ts';

const [QUEUED, USERS, HISTORY] = [10_000, 1_000, 500];

export function order(): string[] {
  const snapshot = makeSnapshot();
  const now = 1_000_000_000;
  const oneZero = medianMs(3, () => orderAs10(snapshot));
  const recency = medianMs(7, () => plan(snapshot, { kind: 'recency' }, now));
  const fairShare = medianMs(7, () => plan(snapshot, { kind: 'fair-share' }, now));
  const ratio = (ours: number): string => `${ours.toFixed(1)} ms, ratio ${(ours / oneZero).toFixed(3)}`;
  return [
    `(e) order and plan of ${QUEUED} jobs of ${USERS} users: 1.0's sort alone ${oneZero.toFixed(0)} ms; recency ${ratio(recency)}; fair-share ${ratio(fairShare)}`,
  ];
}

function medianMs(rounds: number, act: () => unknown): number {
  act();
  return median(
    Array.from({ length: rounds }, () => {
      const startedAt = performance.now();
      act();
      return performance.now() - startedAt;
    }),
  );
}

function orderAs10({ queued, history }: Snapshot): unknown {
  const penaltyOf = (user: string): number =>
    history.reduce((sum, run, i) => sum + (run.user === user ? Math.exp(-i) : 0), 0);
  return queued
    .map((job) => ({ job, penalty: penaltyOf(job.user) }))
    .sort((a, b) => a.penalty - b.penalty || a.job.queuedAt - b.job.queuedAt);
}

function makeSnapshot(): Snapshot {
  const request = { numGpus: 1, numSlots: 1, memoryBytes: 2 ** 30, cpus: 1 };
  const gpu = (machine: number, index: number) => ({
    uuid: `GPU-${machine}-${index}`,
    model: 'A100',
    memoryBytes: 80e9,
    slots: 1,
    usable: true,
  });
  const machines = Array.from({ length: 64 }, (_, id) => ({
    id: `m${id}`,
    memoryBytes: 2 ** 40,
    cpus: 128,
    gpus: Array.from({ length: 8 }, (_unused, index) => gpu(id, index)),
  }));
  const slots = machines.flatMap((machine) => machine.gpus.map(({ uuid }) => ({ machineId: machine.id, uuid })));
  return {
    machines,
    queued: Array.from({ length: QUEUED }, (_, id) => ({ ...request, id, user: `u${id % USERS}`, queuedAt: id })),
    running: slots.map(({ machineId, uuid }, index) => ({
      ...request,
      id: 100_000 + index,
      user: `u${index % USERS}`,
      machineId,
      gpuUuids: [uuid],
      startedAt: 999_000_000,
    })),
    history: Array.from({ length: HISTORY }, (_, index) => ({
      id: 200_000 + index,
      user: `u${(index * 7) % USERS}`,
      startedAt: 900_000_000 - index * 1000,
      finishedAt: 900_500_000 - index * 1000,
      models: ['A100'],
      memoryBytes: 2 ** 30,
      cpus: 1,
    })),
  };
}
