import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { EXIT, Failure } from '../failure.ts';
import { globalOptions, withExamples } from '../options.ts';

export function define(top: Command): void {
  top.action(async (_: unknown, command: Command) => {
    if (!process.stdout.isTTY || !process.stdin.isTTY) {
      throw new Failure('`dopq top` needs a terminal.', {
        fix: 'For scripts there are `dopq ps -o json`, `dopq gpus -o json` and `dopq status -o json`.',
        exitCode: EXIT.usage,
      });
    }
    const { runTop } = await import('../top/run.ts');
    process.exitCode = await withServer(globalOptions(command), runTop);
  });
  withExamples(top, 'dopq top', 'ssh -t box dopq top');
}
