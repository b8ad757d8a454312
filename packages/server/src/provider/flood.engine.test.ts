// Ten thousand archives at once: none is lost, nobody else waits for them, and memory stays bounded.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor, zip } from '@dopq/testbed';
import { expect, test } from 'vitest';
import { startProviderFixture } from './provider.fixture.ts';

const FLOOD = 10_000;
/** So many are followed into the queue; nightly runs follow all. */
const FOLLOWED = Number(process.env['DOPQ_FLOOD'] ?? 150);
const MOST_BYTES = 512 * 1024 ** 2;
const PATIENT = { timeout: 3_600_000 };

/** The most a process ever had in memory, in bytes. */
function peakOf(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

test(
  'of ten thousand archives dropped at once none is lost, and another user waits for few of them',
  PATIENT,
  async () => {
    await using fixture = startProviderFixture();
    const archive = await zip({
      'container_config.json': '{"name": "hello world", "required_memory": "1g"}',
      Dockerfile: 'FROM busybox\n',
    });
    const { jobs, jobCounts } = fixture.store;
    const queued = () => jobCounts.by('state').find(({ key }) => key === 'queued')?.count ?? 0;
    const bobs = () => jobs.list({ scope: 'all', user: 'bob', limit: 1 })[0];
    const states = () => JSON.stringify([jobCounts.by('state'), bobs()]);
    const files = Array.from({ length: FLOOD }, (_, index) => `a${index}.zip`);
    for (const file of files) fixture.drop('alice', file, archive);
    await waitFor(() => queued() > 0, { timeoutMs: 120_000, message: states });
    fixture.drop('bob', 'b.zip', archive);
    await waitFor(() => bobs()?.state === 'queued', { timeoutMs: 600_000, intervalMs: 200, message: states });
    const overtaken = FLOOD - queued();
    expect(overtaken).toBeGreaterThan(FLOOD / 2);
    await waitFor(() => queued() > FOLLOWED, { timeoutMs: 3_000_000, intervalMs: 200, message: states });
    const { pid, restarts } = fixture.provider.status();
    const peak = peakOf(pid ?? 0);
    expect(restarts).toBe(0);
    expect(peak).toBeLessThan(MOST_BYTES);

    await fixture.provider[Symbol.asyncDispose]();
    const taken = new Set(
      jobs
        .list({ scope: 'all', limit: 2 * FLOOD })
        .filter(({ state }) => state !== 'receiving')
        .map(({ file }) => file),
    );
    expect(files.filter((file) => !taken.has(file) && !existsSync(join(fixture.inbox('alice'), file)))).toEqual([]);
    console.log(
      `${FLOOD} archives, ${taken.size} followed: the Provider had at most ${Math.round(peak / 1024 ** 2)} MiB, and another user overtook ${overtaken}`,
    );
  },
);
