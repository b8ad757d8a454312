import { type Command, InvalidArgumentError } from 'commander';
import { withServer } from '../connection.ts';
import { globalOptions, type ListFormat, outputOption, parseCount, withExamples } from '../options.ts';
import { print, say } from '../output.ts';
import { registerAccounts } from '../user-accounts.ts';
import { listUsers } from '../user-list.ts';

interface LimitOptions {
  runningJobs?: number | null;
  runningGpus?: number | null;
  queuedJobs?: number | null;
}

export function define(user: Command): void {
  withExamples(
    user,
    'dopq user add alice',
    'dopq user add bob --email bob@lab.example --uid 1204',
    'dopq user disable bob',
  );

  const add = user
    .command('add <name>')
    .description('let somebody submit; the name is that of their folder on the share')
    .option('--email <address>', 'where to reach them')
    .option(
      '--uid <number>',
      "uid their containers run as (default: the machine's account of that name, else a new one)",
      parseCount,
    )
    .action(async (name: string, own: { email?: string; uid?: number }, command: Command) => {
      const options = { ...own, ...globalOptions(command) };
      const { email, uid } = options;
      const [added, { share }] = await withServer(options, async ({ client }) => [
        await client.users.add({ name, email, uid }),
        await client.status(),
      ]);
      print(`added ${added.name} (uid ${added.uid})`);
      say(`Zips go into ${share.path}/${added.name}/`);
    });
  withExamples(add, 'dopq user add alice', 'dopq user add bob --uid 1204');

  const ls = user
    .command('ls')
    .description('list users')
    .addOption(outputOption('table', 'json'))
    .action((own: { output: ListFormat }, command: Command) => listUsers({ ...own, ...globalOptions(command) }));
  withExamples(ls, 'dopq user ls', 'dopq user ls -o json');

  const share = user
    .command('share <user>')
    .description('weight of the share: 2 may use twice as much as 1 for the same penalty')
    .argument('<weight>', 'a number above 0', parseWeight)
    .action(async (name: string, shares: number, _: unknown, command: Command) => {
      await withServer(globalOptions(command), ({ client }) => client.users.change({ name, shares }));
      print(`${name} has share ${shares}`);
    });
  withExamples(share, 'dopq user share alice 2', 'dopq user share bob 0.5');

  const limit = user
    .command('limit <user>')
    .description('limits in place of the general ones; "none" goes back to those')
    .option('--running-jobs <number>', 'jobs that run at once', parseLimit)
    .option('--running-gpus <number>', 'GPUs held at once', parseLimit)
    .option('--queued-jobs <number>', 'waiting jobs that are looked at', parseLimit)
    .action(async (name: string, own: LimitOptions, command: Command) => {
      const limits = {
        max_running_jobs: own.runningJobs,
        max_running_gpus: own.runningGpus,
        max_queued_jobs: own.queuedJobs,
      };
      const changed = await withServer(globalOptions(command), ({ client }) =>
        client.users.change({ name, ...limits }),
      );
      const words = [
        `running jobs ${changed.max_running_jobs ?? 'as for all'}`,
        `running GPUs ${changed.max_running_gpus ?? 'as for all'}`,
        `queued jobs ${changed.max_queued_jobs ?? 'as for all'}`,
      ];
      print(`${name}: ${words.join(', ')}`);
    });
  withExamples(limit, 'dopq user limit alice --running-gpus 4', 'dopq user limit alice --running-gpus none');

  const disable = user
    .command('disable <user>')
    .description('take no more submissions from somebody; jobs that are here go on')
    .action(async (name: string, _: unknown, command: Command) => {
      await withServer(globalOptions(command), ({ client }) => client.users.disable({ name }));
      print(`disabled ${name}`);
    });
  withExamples(disable, 'dopq user disable alice');

  const enable = user
    .command('enable <user>')
    .description('take submissions from somebody again')
    .action(async (name: string, _: unknown, command: Command) => {
      await withServer(globalOptions(command), ({ client }) => client.users.enable({ name }));
      print(`enabled ${name}`);
    });
  withExamples(enable, 'dopq user enable alice');

  registerAccounts(user);
}

function parseWeight(text: string): number {
  const weight = Number(text);
  if (!(weight > 0 && Number.isFinite(weight)))
    throw new InvalidArgumentError(`"${text}" is no weight: a number above 0.`);
  return weight;
}

function parseLimit(text: string): number | null {
  return text.toLowerCase() === 'none' ? null : parseCount(text);
}
