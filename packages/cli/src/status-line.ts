import { cleanLine } from './terminal-text.ts';
import { fit } from './text-width.ts';

/** A line on a terminal that is written over and over, and is gone in the end. Into a file or a pipe it writes nothing. */
export interface StatusLine extends Disposable {
  show(text: string): void;
  /** Takes it away, for other output; the next `show` brings it back. */
  clear(): void;
}

export function openStatusLine(): StatusLine {
  const { stderr } = process;
  let isShown = false;
  const clear = () => {
    if (isShown) stderr.write('\r\x1b[K');
    isShown = false;
  };
  return {
    show(text) {
      if (!stderr.isTTY) return;
      stderr.write(`\r${fit(cleanLine(text), (stderr.columns || 80) - 1).trimEnd()}\x1b[K`);
      isShown = true;
    },
    clear,
    [Symbol.dispose]: clear,
  };
}
