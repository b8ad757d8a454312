// A large archive goes through the server in small pieces, whatever its size. DOPQ_UPLOAD_MIB: how large it is.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Job } from '@dopq/contract';
import { type Dopq, startDopq, waitFor, zipStream } from '@dopq/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';

const MIB = 1024 ** 2;
const ARCHIVE_MIB = Number(process.env['DOPQ_UPLOAD_MIB'] ?? 256);
/** What pieces on their way and garbage may take at most; an archive in memory would be more. */
const ROOM_MIB = 160;

let dopq: Dopq;
beforeAll(async () => {
  dopq = await startDopq();
});
afterAll(() => dopq[Symbol.asyncDispose]());

/** The most memory that a process ever had, MiB. */
function peakMib(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

test('an archive far larger than the memory it is given becomes a job that runs', async () => {
  const { server, provider } = await dopq.client.status();
  const pids = [server.pid, provider.pid ?? 0];
  const before = pids.map(peakMib);
  const sent = request({
    socketPath: path.join(dopq.dir, 'data', 'dopq.sock'),
    path: '/submissions?name=large.zip&user=alice',
    method: 'PUT',
  });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  const archive = zipStream({
    Dockerfile: 'FROM busybox\nCOPY data.bin /\nCMD ["echo", "all of it"]\n',
    'container_config.json': JSON.stringify({ name: 'large', num_gpus: 0, required_memory: '64m' }),
    'data.bin': ARCHIVE_MIB * MIB,
  });
  await pipeline(Readable.fromWeb(archive), sent);
  const [answer] = await answered;
  const { id } = Job.parse(JSON.parse(await text(answer)));
  const job = await waitFor(
    async () => {
      const now = await dopq.client.jobs.get({ id });
      return now.state === 'finished' && now;
    },
    { timeoutMs: 300_000, intervalMs: 100, message: 'the end of the job' },
  );
  expect(job).toMatchObject({ user: 'alice', outcome: 'succeeded' });
  const grown = pids.map((pid, index) => Math.round(peakMib(pid) - (before[index] ?? 0)));
  console.log(`${ARCHIVE_MIB} MiB uploaded: server and Provider grew by ${grown.join(' and ')} MiB at most`);
  for (const mib of grown) expect(mib).toBeLessThan(ROOM_MIB);
});
