// A command on a pseudo-terminal, by script(1) of util-linux, which every Debian has: typed to and read like a person's.
import { execFile, spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';

export interface OnTerminal {
  /** All bytes so far. */
  said(): string;
  type(keys: string): void;
  /** Makes the window another size; the command hears of it. */
  resize(columns: number, rows: number): Promise<void>;
  /** Resolves with the exit code of the command. */
  readonly code: Promise<number | null>;
  /** Of script(1); the command is its child. */
  readonly pid: number;
}

/** @param command as a shell takes it */
export function onTerminal(
  command: string,
  { columns = 80, rows = 24, env = {} }: { columns?: number; rows?: number; env?: Record<string, string> } = {},
): OnTerminal {
  // Node shows no colour where it believes that nobody looks.
  const shell = `stty cols ${columns} rows ${rows}; exec env -u CI -u FORCE_COLOR -u NO_COLOR TERM=xterm-256color ${command}`;
  const child = spawn('script', ['-qfec', shell, '/dev/null'], { env: { ...process.env, ...env }, stdio: 'pipe' });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  // Typing into a command that has ended is no error here.
  child.stdin.on('error', () => {});
  return {
    said: () => said,
    type: (keys) => void child.stdin.write(keys),
    async resize(newColumns, newRows) {
      const pid = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
      const device = readlinkSync(`/proc/${pid}/fd/0`);
      await promisify(execFile)('stty', ['-F', device, 'cols', String(newColumns), 'rows', String(newRows)]);
    },
    code: new Promise((resolve) => child.once('close', resolve)),
    pid: child.pid ?? 0,
  };
}
