import type { Connection } from './connection.ts';
import { EXIT, failureOfAny, tell } from './failure.ts';
import { interruption } from './interrupt.ts';
import { listenForNews } from './news.ts';
import { onOtherScreen } from './screen.ts';

const HOME_AND_CLEAR = '\x1b[H\x1b[2J';

/**
 * Shows something anew whenever something has changed, until Ctrl-C; on a terminal on its other screen, so that what was
 * there comes back. A server that is away for a moment is told and asked again.
 * @param show asks, then calls `clear` before it prints
 */
export async function watch(connection: Connection, show: (clear: () => void) => Promise<void>): Promise<number> {
  const stop = interruption();
  using news = listenForNews(connection);
  stop.addEventListener('abort', () => news[Symbol.dispose]());
  const isTerminal = process.stdout.isTTY;
  const clear = () => void (isTerminal && process.stdout.write(HOME_AND_CLEAR));
  using _screen = isTerminal ? onOtherScreen() : undefined;
  for (let isFirst = true; !stop.aborted; isFirst = false) {
    try {
      await show(clear);
    } catch (error) {
      const failure = failureOfAny(error);
      if (isFirst || failure.exitCode !== EXIT.unreachable) throw failure;
      clear();
      tell(failure);
    }
    await news.next();
  }
  return EXIT.interrupted;
}
