// (d) Memory of the server's two processes, idle and with many queued jobs.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startDopq, waitFor } from '@dopq/testbed';

const JOBS = 10_000;

export async function memory(): Promise<string[]> {
  await using dopq = await startDopq({ settings: { queue: { verbose: 'no' } } });
  const idle = await residentMiB(dopq);
  await dopq.stop();
  fillQueue(path.join(dopq.dir, 'data', 'dopq.db'));
  await dopq.start();
  await waitFor(async () => (await dopq.client.status()).queue.queued >= JOBS - 100, { timeoutMs: 60_000 });
  const full = await residentMiB(dopq);
  return [
    `(d) resident memory, server + Provider: idle ${idle} MiB (aim < 150), with ${JOBS} queued jobs ${full} MiB (aim < 300)`,
  ];
}

async function residentMiB(dopq: Awaited<ReturnType<typeof startDopq>>): Promise<string> {
  const { server, provider } = await dopq.client.status();
  const sizes = [server.pid, provider.pid ?? 0].map((pid) => {
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kib) / 1024);
  });
  return sizes.join(' + ');
}

/** Straight into the table: taking in 10,000 zips is another figure. One GPU each, so that nearly all wait. */
export function fillQueue(file: string): void {
  using db = new DatabaseSync(file);
  const submission = JSON.stringify({ name: 'bench', numGpus: 1, numSlots: 1, build: true, runOptions: {} });
  const insert = db.prepare(
    `insert into jobs (user, name, state, source, file, zipPlace, unverified, notes, submission, numGpus, numSlots, memoryBytes, cpus, imageId, createdAt, queuedAt)
     values (?, 'bench', 'queued', 'upload', 'bench.zip', 'removed', 0, '[]', ?, 1, 1, 1000000, 1, 'sha256:0', ?, ?)`,
  );
  db.exec('begin');
  for (let index = 0; index < JOBS; index++)
    insert.run(index % 2 ? 'alice' : 'bob', submission, Date.now(), Date.now());
  db.exec('commit');
}
