// What is remembered, after anything that can happen, beside what a server that starts now would read.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openStore, type Store } from './store.ts';

const EVENT = { actor: 'test', kind: 'test', message: 'test' };
const DEEDS = ['go on', 'go on', 'go on', 'cancel', 'retry', 'clear', 'receipt', 'drain', 'forget'] as const;
const CLOCK = { now: () => 1000 };

const life = fc.array(
  fc.record({
    deed: fc.constantFrom(...DEEDS),
    which: fc.integer({ min: 1, max: 3 }),
    isUndone: fc.constantFrom(false, false, false, true),
    isLookedAt: fc.boolean(),
  }),
  { minLength: 20, maxLength: 60 },
);

function seen({ attempts, jobs, pastRuns, submissions, drains, settings, users }: Store) {
  return {
    active: attempts.active(),
    toClear: attempts.toClear(),
    waiting: jobs.waiting(),
    past: pastRuns.newest(0),
    stale: submissions.withStaleReceipt(100),
    drains: drains.list(),
    users: users.list(),
    lock: settings.find('lock'),
  };
}

/** The next step of a job's life. */
function goOn({ jobs, attempts }: Store, id: number): void {
  const job = jobs.find(id);
  const attempt = job && attempts.find(job.id, job.attempt);
  if (!job) {
    const file = { file: `${id}.zip`, inbox: null, receiptName: `${id}.zip` };
    const made = { ...file, user: 'alice', name: 'n', state: 'receiving', source: 'share', zipPlace: 'inbox' } as const;
    const { id: given } = jobs.create({ ...made, unverified: false }, EVENT);
    jobs.change(given, ['receiving'], { notes: ['new'] });
  } else if (job.state === 'receiving') jobs.change(id, ['receiving'], { state: 'queued', queuedAt: 5 }, EVENT);
  else if (job.state === 'queued') {
    const place = { machineId: 'm', gpuUuids: [], gpuModels: [], slotsPerGpu: 1 };
    attempts.begin(job, place, (number) => ({ container: `c${id}.${number}`, log: '/log' }));
  } else if (job.state === 'starting' && attempt) attempts.markRunning(attempt, 'id', 800);
  else if (attempt) attempts.finish(attempt, endOf(id));
}

const endOf = (id: number) => ({ outcome: 'failed', reason: null, exitCode: 1, endedAt: 900 + id }) as const;

function act(store: Store, deed: (typeof DEEDS)[number], which: number): void {
  const { jobs, attempts } = store;
  if (deed === 'go on') return goOn(store, which);
  const job = jobs.find(which);
  const attempt = job && attempts.find(job.id, job.attempt);
  if (deed === 'cancel') jobs.change(which, ['starting', 'running'], { cancelRequestedAt: 7 });
  if (deed === 'retry' && attempt) attempts.retry(attempt, endOf(which), 6);
  if (deed === 'clear' && attempt?.endedAt) attempts.markCleared(attempt.jobId, attempt.number);
  if (deed === 'receipt' && job) store.submissions.markReceiptWritten(job.id, job.revision);
  if (deed === 'drain') {
    store.drains.put({ subject: `gpu:${which}`, reason: '', actor: 'admin', at: 1 });
    store.settings.set('lock', String(which));
    if (!store.users.find(`u${which}`)) store.users.add({ name: `u${which}` }, 1);
  }
  if (deed === 'forget' && job?.state === 'finished') {
    jobs.change(job.id, ['finished'], { receiptName: null, zipPlace: 'removed' });
    store.history.clear({ before: 1000, at: 1000 });
    store.history.forget({ before: 1000 });
  }
}

test('what is remembered is what the database says, whatever was changed, undone or forgotten', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'dopq-remembered-'));
  let made = 0;
  fc.assert(
    fc.property(life, (deeds) => {
      const file = path.join(dir, `${made++}.db`);
      using store = openStore(file, CLOCK);
      for (const { deed, which, isUndone, isLookedAt } of deeds) {
        const undone = new Error('undone');
        try {
          store.transaction(() => {
            act(store, deed, which);
            if (isLookedAt) seen(store);
            if (isUndone) throw undone;
          });
        } catch (error) {
          if (error !== undone) throw error;
        }
        if (isLookedAt) seen(store);
      }
      using fresh = openStore(file, CLOCK);
      expect(seen(store)).toEqual(seen(fresh));
    }),
    { numRuns: 25 },
  );
  rmSync(dir, { recursive: true });
});
