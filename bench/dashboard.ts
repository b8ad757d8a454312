// (w) What the page costs whoever looks: 500 queued jobs and 16 GPUs that change each second, in a real browser.
import { setTimeout as sleep } from 'node:timers/promises';
import { startBrowser, visit } from '../packages/web/test/browser.ts';
import { addQueue, startLab } from '../packages/web/test/lab.ts';
import { enrol, originOf, signIn } from '../packages/web/test/people.ts';

/** How long the page is looked at, seconds. */
const WATCH_S = Number(process.env['DOPQ_BENCH_WATCH_S'] ?? 600);
const EVERY_S = 30;

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
    const longTasks = (await ana.page.evaluate('globalThis.longTasks')) as number[];
    const worst = Math.max(0, ...longTasks);
    return [
      `(w) overview, 500 queued jobs, 16 GPUs, ${WATCH_S} s: ${longTasks.length} tasks over 50 ms (longest ${Math.round(worst)} ms), heap ${heaps[0]?.toFixed(1)} MiB at first, ${heaps.at(-1)?.toFixed(1)} MiB at the end, ${Math.max(...heaps).toFixed(1)} MiB at most`,
    ];
  } finally {
    await browser.close();
  }
}
