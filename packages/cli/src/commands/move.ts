import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { EXIT, Failure } from '../failure.ts';
import { findJobs, findOneJob, ONE_JOB_HELP, SELECTOR_HELP } from '../job-selectors.ts';
import { globalOptions, withExamples } from '../options.ts';
import { orDash, print } from '../output.ts';

interface Options {
  last?: boolean;
  before?: string;
  after?: string;
}

export function define(move: Command): void {
  move
    .description("put waiting jobs first among their user's own, in this order; nobody else is passed")
    .argument('<job...>', SELECTOR_HELP)
    .option('--last', 'last, not first')
    .option('--before <job>', `right before another ${ONE_JOB_HELP}`)
    .option('--after <job>', `right after another ${ONE_JOB_HELP}`)
    .action(async (jobs: string[], own: Options, command: Command) => {
      const target = targetOf(own);
      const moved = await withServer(globalOptions(command), async ({ client }) => {
        const anchor = target.word === undefined ? undefined : await findOneJob(client, target.word);
        return await client.jobs.move({ ids: await findJobs(client, jobs), to: target.to, anchor });
      });
      for (const { id, name, position } of moved) print(`#${id} ${orDash(name)} is at place ${position ?? '-'}`);
    });
  withExamples(move, 'dopq move 14', 'dopq move 14 15 --before 12', 'dopq move 12 --last');
}

function targetOf({ last, before, after }: Options) {
  if ([last, before, after].filter((one) => one !== undefined).length > 1) {
    throw new Failure('Only one of --last, --before and --after.', { exitCode: EXIT.usage });
  }
  if (before !== undefined) return { to: 'before', word: before } as const;
  if (after !== undefined) return { to: 'after', word: after } as const;
  return { to: last ? 'last' : 'first', word: undefined } as const;
}
