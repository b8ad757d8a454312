import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from './failure.ts';
import { interruption } from './interrupt.ts';

const EVERY_MS = 2000;
const CLEAR_SCREEN = '\x1b[H\x1b[2J\x1b[3J';

/** Shows something again and again until Ctrl-C. */
export async function watch(show: () => Promise<void>): Promise<number> {
  const stop = interruption();
  while (!stop.aborted) {
    if (process.stdout.isTTY) process.stdout.write(CLEAR_SCREEN);
    await show();
    await sleep(EVERY_MS, undefined, { signal: stop }).catch(() => {});
  }
  return EXIT.interrupted;
}
