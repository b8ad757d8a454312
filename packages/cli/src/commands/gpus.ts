import { styleText } from 'node:util';
import type { Gpu } from '@dopq/contract';
import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { formatBytes } from '../format.ts';
import { GPU_SYMBOLS } from '../gpu-symbols.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { type Column, orDash, printJson, printTable, say } from '../output.ts';

export function define(gpus: Command): void {
  gpus
    .addOption(outputOption('table', 'wide', 'json'))
    .action(async (own: { output: ListFormat }, command: Command) => {
      const options = { ...own, ...globalOptions(command) };
      const found = await withServer(options, ({ client }) => client.gpus.list());
      if (options.output === 'json') return printJson(({ Gpu }) => Gpu.array(), found);
      await printTable(columns(options.output === 'wide'), found);
      if (found.length === 0) say('No GPUs. `dopq status` says what is known about them.');
    });
  withExamples(gpus, 'dopq gpus', 'dopq gpus -o wide', 'dopq gpus -o json');
}

function columns(isWide: boolean): Column<Gpu>[] {
  const wide: Column<Gpu>[] = [
    { head: 'MACHINE', cell: (gpu) => orDash(gpu.machine) },
    { head: 'UUID', cell: (gpu) => orDash(gpu.uuid) },
    {
      head: 'POWER',
      align: 'right',
      cell: (gpu) => orDash(gpu.power_watts === null ? null : `${Math.round(gpu.power_watts)} W`),
    },
  ];
  return [
    { head: 'GPU', align: 'right', cell: (gpu) => String(gpu.index) },
    { head: 'NAME', elastic: true, cell: (gpu) => orDash(gpu.name) },
    {
      head: 'STATE',
      cell: (gpu) => styleText(gpu.state === 'error' ? 'red' : 'cyan', `${GPU_SYMBOLS[gpu.state]} ${gpu.state}`),
    },
    { head: 'SLOTS', align: 'right', cell: (gpu) => `${gpu.slots_used}/${gpu.slots}` },
    { head: 'MEMORY', align: 'right', cell: memory },
    {
      head: 'LOAD',
      align: 'right',
      cell: (gpu) => orDash(gpu.utilization_percent === null ? null : `${gpu.utilization_percent} %`),
    },
    {
      head: 'TEMP',
      align: 'right',
      cell: (gpu) => orDash(gpu.temperature_celsius === null ? null : `${gpu.temperature_celsius} °C`),
    },
    ...(isWide ? wide : []),
    { head: 'WHO', cell: who },
  ];
}

function memory({ memory_bytes: total, memory_used_bytes: used }: Gpu): string {
  if (total === null) return '-';
  return `${used === null ? '?' : formatBytes(used)} / ${formatBytes(total)}`;
}

function who({ jobs, reason }: Gpu): string {
  const names = jobs.map(({ id, name, user }) => `#${id} ${name} (${user})`);
  return orDash([...names, ...(reason === null ? [] : [reason])].join(', '));
}
