// (f) The lists of a long-lived site: 10,000 jobs wait, 100,000 have ended; what a page of each costs, asked over the socket of the
// whole product with a simulated engine, while the queue is locked so that nothing moves.
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startDopq } from '@dopq/testbed';
import { quantile } from './figures.ts';

const [QUEUED, FINISHED, USERS, ROUNDS] = [10_000, 100_000, 100, 40];
const DAY_MS = 86_400_000;

export async function lists(): Promise<string[]> {
  await using dopq = await startDopq();
  await dopq.client.queue.lock({ message: 'bench' });
  await dopq.stop();
  fill(path.join(dopq.dir, 'data', 'dopq.db'));
  await dopq.start();
  const { jobs } = dopq.client;
  const since = new Date(Date.now() - 7 * DAY_MS).toISOString();
  const questions: Record<string, () => Promise<unknown>> = {
    'queue, first page': () => jobs.page({ limit: 50 }),
    'queue, page 100': () => jobs.page({ limit: 50, offset: 5000 }),
    'queue of one user': () => jobs.page({ limit: 50, user: 'user7' }),
    'history, first page': () => jobs.page({ scope: 'finished', limit: 50 }),
    'history, page 1000': () => jobs.page({ scope: 'finished', limit: 50, offset: 50_000 }),
    'failures of a week': () =>
      jobs.page({ scope: 'finished', outcomes: ['failed'], date: 'finished', since, limit: 50 }),
    'history by run time': () => jobs.page({ scope: 'finished', sort: 'run_time', descending: true, limit: 50 }),
    'text in all of them': () => jobs.page({ scope: 'all', text: 'resnet-77', limit: 50 }),
  };
  const lines: string[] = [];
  for (const [name, ask] of Object.entries(questions)) {
    await ask();
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const startedAt = performance.now();
      await ask();
      times.push(performance.now() - startedAt);
    }
    lines.push(
      `(f) ${name}: p50 ${quantile(times, 0.5).toFixed(0)} ms, p95 ${quantile(times, 0.95).toFixed(0)} ms (aim < 100 ms)`,
    );
  }
  return lines;
}

function fill(file: string): void {
  const db = new DatabaseSync(file);
  const insert = db.prepare(
    `insert into jobs (user, name, state, outcome, source, file, zipPlace, unverified, notes, numGpus, numSlots, memoryBytes, cpus,
       createdAt, queuedAt, startedAt, finishedAt, exitCode)
     values (?, ?, ?, ?, 'upload', 'job.zip', 'accepted', 0, '[]', 1, 1, 1073741824, 1, ?, ?, ?, ?, ?)`,
  );
  const now = Date.now();
  db.exec('begin');
  for (let index = 0; index < FINISHED + QUEUED; index++) {
    const [user, name] = [`user${index % USERS}`, `resnet-${index}`];
    const at = now - (FINISHED + QUEUED - index) * 60_000;
    const hasEnded = index < FINISHED;
    const outcome = index % 9 === 0 ? 'failed' : 'succeeded';
    if (hasEnded)
      insert.run(
        user,
        name,
        'finished',
        outcome,
        at,
        at,
        at + 1000,
        at + 1000 * (index % 3600),
        index % 9 === 0 ? 1 : 0,
      );
    else insert.run(user, name, 'queued', null, at, at, null, null, null);
  }
  db.exec('commit');
  db.close();
}
