// The terminal under `dopq top`: other screen, keys one by one, size, suspend and the way back out, whatever ends it.
import { emitKeypressEvents, type Key } from 'node:readline';
import { onOtherScreen } from '../screen.ts';
import { displayWidth } from '../text-width.ts';
import type { Size } from './view.ts';

export interface Terminal extends Disposable {
  size(): Size;
  /** Shows these lines; only what has changed is sent, for slow lines. */
  draw(lines: readonly string[]): void;
  /** Forgets what is on the screen, so that the next draw sends all of it. */
  forget(): void;
  /** Gives the terminal back and stops this process until its shell wakes it. */
  suspend(): void;
}

export interface TerminalEvents {
  /** `up`, `enter`, `escape`, `ctrl-c`, `space`; a letter as it was typed. */
  onKey(key: string): void;
  /** The size is another one, or the screen was lost. */
  onRedraw(): void;
  /** Somebody wants this to end: a signal, or the terminal has gone. */
  onEnd(signal: NodeJS.Signals): void;
}

/** For where a stop was ignored and no SIGCONT tells of its end. */
const RESUME_MS = 50;
const CLEAR = '\x1b[2J';

export function openTerminal(events: TerminalEvents): Terminal {
  const { stdin, stdout } = process;
  const onEnd = (signal: NodeJS.Signals) => events.onEnd(signal);
  const screen = onOtherScreen();
  let shown: readonly string[] | undefined;
  let isClosed = false;
  /** Stopped, or just woken: the screen is the shell's. */
  let isAway = false;

  const raw = (isRaw: boolean) => {
    // The terminal may have gone.
    if (stdin.isTTY) stdin.setRawMode(isRaw);
  };
  const resume = () => {
    // A shell sets the modes of a stopped process back behind our back: off and on again.
    raw(false);
    raw(true);
    screen.enter();
    isAway = false;
    shown = undefined;
    events.onRedraw();
  };
  const key = (text: string | undefined, pressed: Key) => {
    const name = keyName(text, pressed);
    if (name !== undefined) events.onKey(name);
  };
  const resized = () => {
    shown = undefined;
    events.onRedraw();
  };
  const suspend = () => {
    isAway = true;
    screen.leave();
    raw(false);
    process.off('SIGTSTP', suspend);
    // All of this job: a shell waits for its group. Where no shell does job control the kernel ignores it, and we go on.
    process.kill(0, 'SIGTSTP');
    setTimeout(() => {
      if (isClosed || isAway) return;
      process.on('SIGTSTP', suspend);
      resume();
    }, RESUME_MS);
  };
  const gone = () => onEnd('SIGHUP');
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

  emitKeypressEvents(stdin);
  stdin.on('keypress', key).once('end', gone).once('error', gone);
  stdout.on('resize', resized);
  process.on('SIGCONT', resume).on('SIGTSTP', suspend);
  for (const signal of signals) process.on(signal, onEnd);
  const restoreModes = () => raw(false);
  process.once('exit', restoreModes);
  raw(true);
  stdin.resume();

  return {
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    draw(lines) {
      if (isClosed || isAway) return;
      const old = shown;
      // Nothing is erased behind a line that is full: there the cursor stands on its last sign.
      const erase = (line: string) => (displayWidth(line) < (stdout.columns || 80) ? '\x1b[K' : '');
      const changed = lines.flatMap((line, index) =>
        old?.[index] === line ? [] : [`\x1b[${index + 1};1H${line}\x1b[0m${erase(line)}`],
      );
      shown = [...lines];
      if (changed.length > 0) stdout.write((old === undefined ? CLEAR : '') + changed.join(''));
    },
    forget() {
      shown = undefined;
    },
    suspend,
    [Symbol.dispose]() {
      isClosed = true;
      stdin.off('keypress', key).off('end', gone).off('error', gone);
      stdout.off('resize', resized);
      process.off('SIGCONT', resume).off('SIGTSTP', suspend).off('exit', restoreModes);
      for (const signal of signals) process.off(signal, onEnd);
      screen[Symbol.dispose]();
      raw(false);
      stdin.pause();
    },
  };
}

const NAMED = new Set([
  'up',
  'down',
  'left',
  'right',
  'home',
  'end',
  'pageup',
  'pagedown',
  'escape',
  'backspace',
  'space',
]);

/** One word per key. @returns undefined for what is no key that anybody binds */
export function keyName(text: string | undefined, { name, ctrl, sequence }: Key): string | undefined {
  if (ctrl && name !== undefined) return `ctrl-${name}`;
  if (name === 'return' || name === 'enter') return 'enter';
  if (name !== undefined && NAMED.has(name)) return name;
  const typed = text ?? sequence ?? '';
  return /^[^\p{Control}]$/u.test(typed) ? typed : undefined;
}
