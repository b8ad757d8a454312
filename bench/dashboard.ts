// (w) What the page costs whoever looks: 500 queued jobs and 16 GPUs that change each second, in a real browser.
import { setTimeout as sleep } from 'node:timers/promises';
import { startBrowser, visit, type Visitor } from '../packages/web/test/browser.ts';
import { startLab } from '../packages/web/test/lab.ts';
import { enrol, originOf, signIn } from '../packages/web/test/people.ts';
import { addQueue } from '../packages/web/test/recorded-jobs.ts';

/** How long the page is looked at, seconds. */
const WATCH_S = Number(process.env['DOPQ_BENCH_WATCH_S'] ?? 600);
const EVERY_S = 30;
/** Of that, so long each task is traced. */
const TRACE_S = 60;

/** Long tasks are those over 50 ms, as browsers count them. */
const COUNT_LONG_TASKS = `
  globalThis.longTasks = [];
  new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
`;

export async function dashboard(): Promise<string[]> {
  await using lab = await startLab({ env: { DOPQ_SIM_GPUS: '16', DOPQ_SIM_HOST: '128,1024' } });
  await lab.whileDown((_db, dataDir) => addQueue(dataDir, 500, 32));
  await enrol(lab.client, { ana: 'admin' });
  const browser = await startBrowser();
  try {
    await using ana = await visit(browser, await originOf(lab.client));
    await ana.open('/');
    await signIn(ana.page, 'ana');
    await ana.page.getByRole('region', { name: 'Enqueued', exact: true }).waitFor();
    await sleep(5000);
    const session = await ana.page.context().newCDPSession(ana.page);
    const heapMb = async (): Promise<number> => {
      await session.send('HeapProfiler.collectGarbage');
      const { usedSize } = await session.send('Runtime.getHeapUsage');
      return usedSize / 2 ** 20;
    };
    await ana.page.evaluate(COUNT_LONG_TASKS);
    const heaps = [await heapMb()];
    for (let second = 0; second < WATCH_S; second += EVERY_S) {
      await sleep(EVERY_S * 1000);
      heaps.push(await heapMb());
    }
    const worked = await tasksByCpuTime(browser, ana.page);
    const longTasks = (await ana.page.evaluate('globalThis.longTasks')) as number[];
    const worst = Math.max(0, ...longTasks);
    return [
      `(w) overview, ${TRACE_S} s traced, by the time that the page itself computed: ${worked.filter((ms) => ms > 50).length} of ${worked.length} tasks over 50 ms, longest ${Math.max(0, ...worked).toFixed(0)} ms, ${((worked.reduce((sum, ms) => sum + ms, 0) / TRACE_S / 1000) * 100).toFixed(1)} % of one core`,
      `(w) overview, 500 queued jobs, 16 GPUs, ${WATCH_S} s: ${longTasks.length} tasks over 50 ms (longest ${Math.round(worst)} ms), heap ${heaps[0]?.toFixed(1)} MiB at first, ${heaps.at(-1)?.toFixed(1)} MiB at the end, ${Math.max(...heaps).toFixed(1)} MiB at most`,
    ];
  } finally {
    await browser.close();
  }
}

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Microseconds that the thread computed, whatever else the machine did meanwhile. */
  tdur?: number;
  args?: { name?: string };
}

/** What each task of the page's main thread computed, milliseconds. */
async function tasksByCpuTime(
  browser: Awaited<ReturnType<typeof startBrowser>>,
  page: Visitor['page'],
): Promise<number[]> {
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline', '__metadata'] });
  await sleep(TRACE_S * 1000);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const mains = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  return traceEvents
    .filter(({ name, pid, tid }) => name.endsWith('RunTask') && mains.has(`${pid} ${tid}`))
    .map(({ tdur = 0 }) => tdur / 1000);
}
