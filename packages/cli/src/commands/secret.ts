import type { Secret } from '@dopq/contract';
import type { Command } from 'commander';
import { readPassword } from '../ask-password.ts';
import { withServer } from '../connection.ts';
import { formatTime } from '../format.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { type Column, orDash, print, printJson, printTable, say } from '../output.ts';

export function define(secret: Command): void {
  withExamples(secret, 'dopq secret set WANDB_API_KEY', 'dopq secret ls', 'dopq secret rm WANDB_API_KEY');

  const set = secret
    .command('set')
    .description('set one; the value comes from stdin or a prompt that shows nothing')
    .argument('<name>', 'name of the variable')
    .option('--value-stdin', 'read it from stdin; else you are asked')
    .option('-u, --user <user>', 'whose; for administrators')
    .action(async (name: string, own: { valueStdin?: boolean; user?: string }, command: Command) => {
      const value = await readPassword(`Value of ${name}: `, own.valueStdin);
      await withServer(globalOptions(command), ({ client }) => client.secrets.set({ name, value, user: own.user }));
      print(`${name} is set; jobs that start from now on have it`);
    });
  withExamples(set, 'dopq secret set WANDB_API_KEY', 'dopq secret set HF_TOKEN --value-stdin < ~/.hf-token');

  const ls = secret
    .command('ls')
    .description('list their names')
    .option('-u, --user <user>', 'whose; for administrators')
    .addOption(outputOption('table', 'json'))
    .action(async ({ user, output }: { user?: string; output: ListFormat }, command: Command) => {
      const secrets = await withServer(globalOptions(command), ({ client }) => client.secrets.list({ user }));
      if (output === 'json') return printJson(({ Secret }) => Secret.array(), secrets);
      await printTable(columns, secrets);
      if (secrets.length === 0) say('No secrets. Set one with `dopq secret set NAME`.');
    });
  withExamples(ls, 'dopq secret ls', 'dopq secret ls -u alice -o json');

  const remove = secret
    .command('rm')
    .description('remove one')
    .argument('<name>', 'name of the variable')
    .option('-u, --user <user>', 'whose; for administrators')
    .action(async (name: string, { user }: { user?: string }, command: Command) => {
      await withServer(globalOptions(command), ({ client }) => client.secrets.remove({ name, user }));
      print(`${name} is removed`);
    });
  withExamples(remove, 'dopq secret rm WANDB_API_KEY');
}

const columns: Column<Secret>[] = [
  { head: 'NAME', cell: ({ name }) => orDash(name) },
  { head: 'SET', cell: ({ updated_at: at }) => formatTime(at) },
];
