// (a) A finished zip in the share to a started container, beside `docker build` and `docker run` of the same content by hand;
// both with everything cached.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { waitFor } from '@dopq/testbed';
import { median, timed } from './figures.ts';
import { type Stage, submission } from './stage.ts';

const ROUNDS = 7;

export async function latency({ dopq, engine }: Stage): Promise<string[]> {
  const dir = mkdtempSync(path.join(tmpdir(), 'dopq-bench-'));
  writeFileSync(path.join(dir, 'Dockerfile'), 'FROM busybox\nCMD ["true"]\n');
  const bytes = await submission('true', 1);
  const [ours, byHand]: [number[], number[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round++) {
    const file = `latency-${round}.zip`;
    const droppedAt = Date.now();
    dopq.drop('alice', file, bytes);
    const job = await waitFor(
      async () =>
        (await dopq.client.jobs.list({ scope: 'all' })).find((found) => found.file === file && found.started_at),
      { timeoutMs: 60_000, intervalMs: 20 },
    );
    const hand = await timed(async () => {
      await engine.docker('build', '-q', '-t', 'by-hand', dir);
      await engine.docker('run', '--rm', 'by-hand');
    });
    // The first of each is the one that fills the caches.
    if (round === 0) continue;
    ours.push((Date.parse(job.started_at ?? '') - droppedAt) / 1000);
    byHand.push(hand);
  }
  rmSync(dir, { recursive: true });
  const ratio = median(ours) / median(byHand);
  return [
    `(a) zip to started container: DoPQ ${median(ours).toFixed(2)} s, by hand ${median(byHand).toFixed(2)} s, ratio ${ratio.toFixed(2)} (aim <= 1.25; DoPQ 1.0 needed 13.2 s); 0.05 s of ours is the rest of the file`,
  ];
}
