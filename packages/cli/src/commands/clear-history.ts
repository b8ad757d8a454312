import type { Command } from 'commander';
import { confirmByTyping } from '../confirm.ts';
import { withServer } from '../connection.ts';
import { parsePast } from '../instants.ts';
import { globalOptions, withExamples } from '../options.ts';
import { print } from '../output.ts';
import { cleanLine } from '../terminal-text.ts';

interface Options {
  before?: string;
  user?: string;
  forgetUse?: boolean;
  yes?: boolean;
}

export function define(clear: Command): void {
  clear
    .description('take finished jobs out of the history; their use still counts, unless that is forgotten too')
    .option('--before <time>', 'only jobs that ended before: 90d ago, 2031-05-04, an instant', (text) =>
      parsePast(text),
    )
    .option('-u, --user <user>', 'only jobs of one user')
    .option('--forget-use', 'penalties and usage reports forget them too')
    .option('--yes', 'ask nothing')
    .action(async (own: Options, command: Command) => {
      const { before, user, forgetUse = false, yes } = own;
      await confirmByTyping(warning(own), 'clear history', yes);
      const { cleared } = await withServer(globalOptions(command), ({ client }) =>
        client.queue.clearHistory({ before, user, forget_use: forgetUse }),
      );
      print(`${cleared} ${cleared === 1 ? 'job' : 'jobs'} cleared`);
    });
  withExamples(clear, 'dopq clear-history --before 90d', 'dopq clear-history -u alice --forget-use --yes');
}

function warning({ before, user, forgetUse }: Options): string {
  const which = [
    user === undefined ? 'all finished jobs' : `all finished jobs of ${cleanLine(user)}`,
    ...(before === undefined ? [] : [`that ended before ${before}`]),
  ].join(' ');
  return `This takes ${which} out of the history${forgetUse ? ' and forgets what they used' : ''}. It cannot be undone.`;
}
