// DoPQ's own structured log: one line per change of state, with component, job and user.
import type { Writable } from 'node:stream';
import pino from 'pino';
import { prettyFactory } from 'pino-pretty';
import { type Clock, systemClock } from './clock.ts';
import { LogFile } from './log-file.ts';

export type Logger = pino.Logger;

/** A logger that says nothing, for tests and tools. */
export const silentLogger: Logger = pino({ level: 'silent' });

export interface OpenLog extends AsyncDisposable {
  /** Take a child per part of the server: `log.child({ component: 'queue', job: 128, user: 'ana' })`. */
  log: Logger;
  /** Why lines are being lost now, for `dopq status`; null if none are. */
  problem(): string | null;
}

/**
 * Opens the server's log: JSON lines in `<dir>/dopq.log`, rotated, and a readable form on the terminal.
 * Never fails: a log that cannot be written is told on the terminal and tried again.
 */
export function openLog(options: {
  dir: string;
  /** Whether the terminal gets every change of state (level info), or warnings only. */
  verbose: boolean;
  terminal?: Writable & { isTTY?: boolean };
  maxBytes?: number;
  files?: number;
  clock?: Clock;
}): OpenLog {
  const terminal = openTerminal(options.terminal ?? process.stdout);
  const file = new LogFile({
    dir: options.dir,
    maxBytes: options.maxBytes ?? 10 * 1024 ** 2,
    files: options.files ?? 5,
    clock: options.clock ?? systemClock,
    onState: (message) => terminal.write(`${JSON.stringify({ level: 'warn', component: 'server', msg: message })}\n`),
  });
  const streams = pino.multistream([
    { level: 'debug', stream: file },
    { level: options.verbose ? 'info' : 'warn', stream: terminal },
  ]);
  const log = pino(
    {
      level: 'debug',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    streams,
  );
  return { log, problem: () => file.problem, [Symbol.asyncDispose]: () => file[Symbol.asyncDispose]() };
}

// Names and messages come from users: what would steer the terminal (escaped in JSON below 0x20, bare above) is replaced.
// A backslash that stands for itself is passed over with its escape: half of it would leave no JSON to format.
const CONTROL = /\\\\|\\u00[01][0-9a-f]|\\[bfr]|[\x7f-\x9f]/gi;

/** A readable line per record, and silence once the terminal is gone (a closed pipe is no reason to stop). */
function openTerminal(terminal: Writable & { isTTY?: boolean }): { write(line: string): void } {
  const format = prettyFactory({
    colorize: terminal.isTTY === true,
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss',
    ignore: 'component,job,user',
    messageFormat: (record) => formatMessage(record as Record<string, string | number | undefined>),
    singleLine: true,
  });
  let gone = false;
  terminal.on('error', () => {
    gone = true;
  });
  return {
    write: (line) => {
      if (!gone) terminal.write(format(line.replace(CONTROL, (found) => (found === '\\\\' ? found : '\ufffd'))));
    },
  };
}

function formatMessage({ component, job, user, msg }: Record<string, string | number | undefined>): string {
  const about = [component, job === undefined ? undefined : `#${job}`, user].filter((part) => part !== undefined);
  return about.length === 0 ? `${msg ?? ''}` : `${about.join(' ')}: ${msg ?? ''}`;
}
