import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { drainTargets, printDrains } from '../drain-targets.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';

interface Options {
  machine?: string;
  reason?: string;
  output: ListFormat;
}

export function define(drain: Command): void {
  drain
    .description('give no new jobs to a GPU or a machine; what runs there goes on. Without one: list what is drained')
    .argument('[gpu...]', 'GPUs by number, UUID or the beginning of one')
    .option('--machine <name>', 'a whole machine')
    .option('-r, --reason <text>', 'why; shown where somebody looks for it')
    .addOption(outputOption('table', 'json'))
    .action(async (gpus: string[], own: Options, command: Command) => {
      const { machine, reason = '', output } = own;
      const drains = await withServer(globalOptions(command), async ({ client }) => {
        if (gpus.length === 0 && machine === undefined) return await client.drains.list();
        for (const target of drainTargets(gpus, machine)) await client.drains.add({ ...target, reason });
        return await client.drains.list();
      });
      await printDrains(drains, output);
    });
  withExamples(drain, 'dopq drain 3 --reason "fan is loud"', 'dopq drain --machine box2', 'dopq drain');
}
