import type { Command } from 'commander';
import { type Connection, withServer } from '../connection.ts';
import { EXIT, Failure } from '../failure.ts';
import { findOneJob, ONE_JOB_HELP } from '../job-selectors.ts';
import { globalOptions, withExamples } from '../options.ts';
import { cleanLine } from '../terminal-text.ts';

export function define(exec: Command): void {
  exec
    .description('run a command inside your running job, in a terminal if you are at one; without a command, a shell')
    .argument('<job>', ONE_JOB_HELP)
    .argument('[command...]', 'what to run; all that stands behind the job is its own')
    .option('-i, --interactive', 'as docker wants it; here it is always so')
    .option('-t, --tty', 'as docker wants it; here it is so where there is a terminal')
    .action(async (job: string, words: string[], _: unknown, command: Command) => {
      process.exitCode = await withServer(globalOptions(command), async (connection) => {
        const id = await findOneJob(connection.client, job);
        await checkMayEnter(connection, id);
        const { enterTerminal } = await import('../exec-terminal.ts');
        return await enterTerminal(connection, id, words);
      });
    });
  withExamples(
    exec,
    'dopq exec last',
    'dopq exec 12 nvidia-smi',
    'dopq exec 12 ls -l /outdir',
    'dopq exec 12 cat /outdir/loss.csv > loss.csv',
  );
}

/** A WebSocket that is refused does not say why: it is asked first. */
async function checkMayEnter({ client }: Connection, id: number): Promise<void> {
  const [job, me] = await Promise.all([client.jobs.get({ id }), client.session.whoami()]);
  if (me.how !== 'admin socket' && me.user !== job.user) {
    throw new Failure(`Job #${id} belongs to ${cleanLine(job.user)}: only its owner may look inside.`, {
      exitCode: EXIT.refused,
    });
  }
  if (job.state !== 'running') {
    throw new Failure(`Job #${id} does not run: it is ${job.outcome ?? job.state}.`, {
      fix: 'See `dopq ps -f state=running` for those that do.',
    });
  }
}
