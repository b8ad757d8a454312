// What else runs commands a few at a time, where it is installed: xargs, task-spooler, and the Slurm cluster of this machine.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';

export interface Peer {
  name: string;
  isThere(): Promise<boolean>;
  /** Runs a shell command so often, at most so many at a time; resolves when all have ended. */
  run(command: string, count: number, atOnce: number): Promise<void>;
}

/** Empty where there is no such program. */
async function stdoutOf(command: string, ...args: string[]): Promise<string> {
  return (await execa(command, args, { reject: false, stdin: 'ignore' })).stdout ?? '';
}

export const PEERS: readonly Peer[] = [
  {
    name: 'xargs',
    isThere: async () => (await stdoutOf('xargs', '--version')) !== '',
    async run(command, count, atOnce) {
      await execa('sh', ['-c', `seq ${count} | xargs -P${atOnce} -I{} ${command}`]);
    },
  },
  {
    name: 'task-spooler',
    isThere: async () => (await stdoutOf('tsp', '-V')) !== '',
    async run(command, count, atOnce) {
      const dir = mkdtempSync(path.join(tmpdir(), 'tsp-'));
      const env = { TS_SOCKET: path.join(dir, 'socket'), TS_MAXFINISHED: String(count), TMPDIR: dir };
      try {
        const wait = `seq 0 ${count - 1} | xargs -n1 tsp -w`;
        const submit = `seq ${count} | xargs -I{} tsp -n ${command} > ids`;
        await execa('sh', ['-c', `tsp -S ${atOnce}; ${submit}; ${wait}`], { cwd: dir, env });
      } finally {
        await execa('tsp', ['-K'], { env });
        rmSync(dir, { recursive: true });
      }
    },
  },
  {
    name: 'Slurm',
    isThere: async () => (await stdoutOf('sinfo', '--noheader', '--states', 'idle')) !== '',
    async run(command, count, atOnce) {
      const array = ['--wait', '--output', '/dev/null', `--array=1-${count}%${atOnce}`];
      await execa('sbatch', [...array, '--wrap', command]);
    },
  },
];
