import type { Command } from 'commander';
import { importServer } from '../find-server.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';

interface Options {
  simulate?: boolean;
  printConfig?: boolean;
  output: ListFormat;
}

export function define(serve: Command): void {
  serve
    .addHelpText(
      'after',
      '\nExit codes: 78 its config file is wrong; 69 its data is in use by another\nserver or cannot be opened.',
    )
    .option('--simulate', 'the whole product on a simulated engine and simulated GPUs')
    .option('--print-config', 'show the settings in force and where each comes from, and start nothing')
    .addOption(outputOption('table', 'json'))
    .action(async (own: Options, command: Command) => {
      const { config, simulate, printConfig, output } = { ...own, ...globalOptions(command) };
      const { runServer } = await importServer();
      process.exitCode = await runServer({ config, simulate, printConfig, json: output === 'json' });
    });
  withExamples(
    serve,
    'dopq serve --config /etc/dopq/config.ini',
    'dopq serve --simulate',
    'dopq serve --print-config -o json',
  );
}
