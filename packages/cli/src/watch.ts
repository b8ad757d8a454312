import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, failureOfAny, tell } from './failure.ts';
import { interruption } from './interrupt.ts';
import { onOtherScreen } from './screen.ts';

const EVERY_MS = 2000;
const HOME_AND_CLEAR = '\x1b[H\x1b[2J';

/**
 * Shows something again and again until Ctrl-C; on a terminal on its other screen, so that what was there comes back.
 * A server that is away for a moment is told and asked again.
 */
export async function watch(show: () => Promise<void>): Promise<number> {
  const stop = interruption();
  const isTerminal = process.stdout.isTTY;
  using _screen = isTerminal ? onOtherScreen() : undefined;
  for (let isFirst = true; !stop.aborted; isFirst = false) {
    if (isTerminal) process.stdout.write(HOME_AND_CLEAR);
    try {
      await show();
    } catch (error) {
      const failure = failureOfAny(error);
      if (isFirst || failure.exitCode !== EXIT.unreachable) throw failure;
      tell(failure);
    }
    await sleep(EVERY_MS, undefined, { signal: stop }).catch(() => {});
  }
  return EXIT.interrupted;
}
