import { formatFindings, type Validation } from '@dopq/contract';
import type { Command } from 'commander';
import { askedFor } from '../asked-for.ts';
import { EXIT } from '../failure.ts';
import { interruption } from '../interrupt.ts';
import { type GlobalOptions, globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { print, printJson, say } from '../output.ts';
import { cleanText } from '../terminal-text.ts';
import { validate } from '../validate-submission.ts';

interface Options extends GlobalOptions {
  user?: string;
  offline?: boolean;
  output: ListFormat;
}

export function define(command: Command): void {
  command
    .argument('<path>', 'folder, zip, tar made by `docker save`, or a container_config.json')
    .option('-u, --user <user>', 'whose job it would be (default: executor_name in container_config.json)')
    .option('--offline', 'ask no server: GPUs, memory and users of the machines are not checked')
    .addOption(outputOption('table', 'json'))
    .action(async (source: string, own: Options, command: Command) => {
      process.exitCode = await run(source, { ...own, ...globalOptions(command) });
    });
  withExamples(
    command,
    'dopq validate ./training',
    'dopq validate job.zip --user alice',
    'dopq validate --offline container_config.json && echo fine',
  );
}

/** @returns 0 if it is valid, 6 if it would be refused */
async function run(source: string, options: Options): Promise<number> {
  const { found, lacksMemory } = await validate(source, { ...options, signal: interruption(), say });
  if (options.output === 'json') await printJson(({ Validation }) => Validation, found);
  else print(describe(found, lacksMemory));
  return found.valid ? EXIT.ok : EXIT.refused;
}

function describe(found: Validation, lacksMemory: boolean): string {
  const { valid, asks } = found;
  const findings = cleanText(formatFindings(found));
  return [valid && asks ? `valid: ${askedFor(asks, lacksMemory)}` : '', findings]
    .filter((part) => part !== '')
    .join('\n\n');
}
