// A lab as it is on a Thursday afternoon, on the simulated engine: people with a past, jobs that have run for hours, a queue.
// Time is made by ageing: what was just started or recorded is moved back, and the simulated engine plays the past again.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Dopq, type DopqOptions, startDopq, waitFor } from '@dopq/testbed';
import { NO_PROMISE } from '../../server/src/store/promises.ts';
import { archiveOf, type LabJob } from './archive.ts';
import { addHistory, PEOPLE } from './recorded-jobs.ts';

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
