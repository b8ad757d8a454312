import { execFile } from 'node:child_process';

/** Longer than any of these takes on a machine that is well. */
const PATIENCE_MS = 15_000;

/** What a program says on stdout; undefined if it is not there, fails or hangs. */
export function runCommand(command: string, ...args: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: PATIENCE_MS, env: { ...process.env, LC_ALL: 'C' } }, (error, stdout) =>
      resolve(error ? undefined : stdout),
    );
  });
}
