import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { EXIT, Failure } from '../failure.ts';
import { parseJobId, parseJobIds } from '../job-ids.ts';
import { globalOptions, withExamples } from '../options.ts';
import { orDash, print } from '../output.ts';

interface Options {
  last?: boolean;
  before?: number;
  after?: number;
}

export function register(program: Command): void {
  const move = program
    .command('move')
    .description("put waiting jobs first among their user's own, in this order; nobody else is passed")
    .argument('<id...>', 'jobs of one user', parseJobIds)
    .option('--last', 'last, not first')
    .option('--before <id>', 'right before another job of the user', parseJobId)
    .option('--after <id>', 'right after another job of the user', parseJobId)
    .action(async (ids: number[], own: Options, command: Command) => {
      const moved = await withServer(globalOptions(command), ({ client }) =>
        client.jobs.move({ ids, ...targetOf(own) }),
      );
      for (const { id, name, position } of moved) print(`#${id} ${orDash(name)} is at place ${position ?? '-'}`);
    });
  withExamples(move, 'dopq move 14', 'dopq move 14 15 --before 12', 'dopq move 12 --last');
}

function targetOf({ last, before, after }: Options) {
  if ([last, before, after].filter((one) => one !== undefined).length > 1) {
    throw new Failure('Only one of --last, --before and --after.', { exitCode: EXIT.usage });
  }
  if (before !== undefined) return { to: 'before', anchor: before } as const;
  if (after !== undefined) return { to: 'after', anchor: after } as const;
  return { to: last ? 'last' : 'first' } as const;
}
