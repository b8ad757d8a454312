import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { EXIT } from '../failure.ts';
import { interruption } from '../interrupt.ts';
import { jobLine } from '../job-end.ts';
import { findOneJob, ONE_JOB_HELP } from '../job-selectors.ts';
import { copyLog } from '../log-stream.ts';
import { type GlobalOptions, globalOptions, parseCount, withExamples } from '../options.ts';
import { say } from '../output.ts';

interface Options {
  follow?: boolean;
  tail?: number;
  build?: boolean;
  raw?: boolean;
  timestamps?: boolean;
}

export function define(logs: Command): void {
  logs
    .argument('<job>', ONE_JOB_HELP)
    .option('-f, --follow', 'go on until the job has ended')
    .option('-n, --tail <lines>', 'only the last lines', parseCount)
    .option('-t, --timestamps', 'put the time each line was written before it')
    .option('--build', 'the log of its build')
    .option('--raw', 'bytes as they are; by default escape sequences are taken out')
    .action((job: string, own: Options, command: Command) => run(job, { ...own, ...globalOptions(command) }));
  withExamples(logs, 'dopq logs 12', 'dopq logs -f last', 'dopq logs -f --tail 20 12', 'dopq logs --build 12');
}

async function run(word: string, options: GlobalOptions & Options): Promise<void> {
  const { follow = false, tail, build, raw, timestamps } = options;
  const signal = follow ? interruption() : undefined;
  await withServer(options, async (connection) => {
    const id = await findOneJob(connection.client, word);
    try {
      await copyLog(connection, { id, kind: build ? 'build' : 'run', follow, tail, raw, timestamps }, signal);
    } catch (error) {
      if (!signal?.aborted) throw error;
      process.exitCode = EXIT.interrupted;
      return;
    }
    if (follow) say(jobLine(await connection.client.jobs.get({ id })));
  });
}
