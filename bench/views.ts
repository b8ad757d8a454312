// (v) A hundred people look on: what that costs the server, what it asks the engine for them, and whether the queue's loop
// goes on as if nobody did. Both halves on the same server and queue, one after the other: nobody looks, then all do.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, RAW_ROUTES } from '@dopq/contract';
import { startDopq, startEngine, startEngineProxy, waitFor } from '@dopq/testbed';
import { quantile } from './figures.ts';
import { fillQueue } from './memory.ts';

const VIEWS = 100;
const SECONDS = Number(process.env['DOPQ_BENCH_VIEWS_S'] ?? 30);
/** How often something is recorded, so that rounds are made and views are told and read again. */
const CHANGE_EVERY_MS = 1000;
const READ_EVERY_MS = 250;
/** Linux counts CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;

export async function views(): Promise<string[]> {
  await using engine = await startEngine();
  await using proxy = await startEngineProxy({ upstream: engine.socket });
  await using dopq = await startDopq({ engine: proxy.host, settings: { queue: { verbose: 'no' } } });
  // They want GPUs, and there are none: nothing starts, and every round plans all of it.
  await dopq.stop();
  fillQueue(path.join(dopq.dir, 'data', 'dopq.db'));
  await dopq.start();
  const { server, controller } = await dopq.client.status();
  const { secret } = await dopq.client.tokens.create({ user: 'alice', name: 'bench', scope: 'read' });
  const origin = controller.address ?? '';
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
  const measure = async (audience: () => number) => {
    const before = { cpu: cpuTicks(server.pid), asked: proxy.requests.length, reads: audience() };
    const [rounds, sizes]: [number[], number[]] = [[], []];
    const end = Date.now() + SECONDS * 1000;
    let changedAt = 0;
    while (Date.now() < end) {
      if (Date.now() - changedAt >= CHANGE_EVERY_MS) {
        changedAt = Date.now();
        await dopq.client.users.change({ name: 'bob', shares: 1 + Math.random() });
      }
      await sleep(READ_EVERY_MS);
      rounds.push(await lastRoundMs(origin, headers));
      sizes.push(residentMiB(server.pid));
    }
    const cores = (cpuTicks(server.pid) - before.cpu) / TICKS_PER_SECOND / SECONDS;
    const half = Math.floor(sizes.length / 2);
    const memory = [sizes.slice(0, half), sizes.slice(half)].map((part) => Math.max(...part)).join(' then ');
    return [
      `rounds of the loop p50 ${quantile(rounds, 0.5).toFixed(0)} ms, p95 ${quantile(rounds, 0.95).toFixed(0)} ms`,
      `${proxy.requests.length - before.asked} requests to the engine`,
      `${cores.toFixed(2)} cores`,
      `${memory} MiB at most in each half`,
      `${audience() - before.reads} pages read`,
    ].join(', ');
  };
  const none = await measure(() => 0);
  await using audience = await watch(origin, headers);
  const many = await measure(() => audience.reads());
  return [
    `(v) ${SECONDS} s, 10,000 queued jobs, a change a second, nobody looks: ${none}`,
    `(v) ${VIEWS} open pages that are told and read again: ${many} (aim < 1 core, flat memory, the same rounds)`,
  ];
}

/** Open pages: each hears the feed and reads its list again when it is told to, as the page in a browser does. */
async function watch(origin: string, headers: Record<string, string>) {
  const client = createClient(origin, (input, init) => fetch(new Request(input, init), { headers }));
  const stop = new AbortController();
  let [open, reads] = [0, 0];
  const look = async () => {
    const feed = await fetch(origin + RAW_ROUTES.feed, { headers, signal: stop.signal });
    open++;
    for await (const chunk of feed.body ?? []) {
      if (!Buffer.from(chunk).toString().includes('data:')) continue;
      await client.jobs.page({ limit: 50 });
      reads++;
    }
  };
  const all = Array.from({ length: VIEWS }, () => look().catch(() => {}));
  await waitFor(() => open === VIEWS, { timeoutMs: 60_000, message: 'all pages' });
  return {
    reads: () => reads,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(all);
    },
  };
}

async function lastRoundMs(origin: string, headers: Record<string, string>): Promise<number> {
  const figures = await (await fetch(`${origin}${RAW_ROUTES.metrics}`, { headers })).text();
  return 1000 * Number(/^dopq_reconcile_seconds (\S+)$/m.exec(figures)?.[1]);
}

function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function residentMiB(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}
