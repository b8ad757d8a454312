import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { drainTargets, printDrains } from '../drain-targets.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';

export function define(undrain: Command): void {
  undrain
    .argument('[gpu...]', 'GPUs by number, UUID or the beginning of one')
    .option('--machine <name>', 'a whole machine')
    .addOption(outputOption('table', 'json'))
    .action(async (gpus: string[], own: { machine?: string; output: ListFormat }, command: Command) => {
      const targets = drainTargets(gpus, own.machine);
      const drains = await withServer(globalOptions(command), async ({ client }) => {
        for (const target of targets) await client.drains.remove(target);
        return await client.drains.list();
      });
      await printDrains(drains, own.output);
    });
  withExamples(undrain, 'dopq undrain 3', 'dopq undrain --machine box2');
}
