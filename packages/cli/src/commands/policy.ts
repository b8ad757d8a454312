import { SETTING_NAMES, type Policy, type PolicySettings } from '@dopq/contract';
import type { Command } from 'commander';
import { withServer } from '../connection.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { type Column, orDash, printJson, printTable, say } from '../output.ts';
import { formatSetting, parseSetting, type SettingName, settingName, shortName } from '../policy-settings.ts';

interface Options {
  set?: Partial<PolicySettings>;
  reset?: SettingName[];
  output: ListFormat;
}

export function define(policy: Command): void {
  policy
    .description('show what decides who goes first, or change it at once; changes stay over restarts')
    .option(
      '--set <setting=value>',
      'as half_life=14d, policy=fifo, max_running_jobs_per_user=none; again for more',
      parseSetting,
    )
    .option(
      '--reset <setting>',
      'back to what config.ini says; again for more',
      (text, earlier: SettingName[] | undefined) => [...(earlier ?? []), settingName(text)],
    )
    .addOption(outputOption('table', 'json'))
    .action(async (own: Options, command: Command) => {
      const { set = {}, reset = [], output } = own;
      const isChange = Object.keys(set).length > 0 || reset.length > 0;
      const found = await withServer(globalOptions(command), ({ client }) =>
        isChange ? client.queue.changePolicy({ set, reset }) : client.queue.policy(),
      );
      if (output === 'json') return printJson(({ Policy }) => Policy, found);
      await printTable(columns(found), SETTING_NAMES);
      if (found.changed.length > 0) say('* changed at run time; `--reset SETTING` goes back to config.ini');
    });
  withExamples(
    policy,
    'dopq policy',
    'dopq policy --set half_life=14d --set max_running_gpus_per_user=4',
    'dopq policy --reset half_life',
  );
}

function columns({ settings, configured, changed }: Policy): Column<SettingName>[] {
  return [
    { head: 'SETTING', cell: (name) => `${changed.includes(name) ? '*' : ' '} ${shortName(name)}` },
    { head: 'IN FORCE', cell: (name) => orDash(formatSetting(name, settings[name])) },
    { head: 'CONFIG.INI', cell: (name) => orDash(formatSetting(name, configured[name])) },
  ];
}
