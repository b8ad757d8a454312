import type { Token } from '@dopq/contract';
import { type Command, Option } from 'commander';
import { withServer } from '../connection.ts';
import { formatTime } from '../format.ts';
import { globalOptions, type ListFormat, outputOption, parseCount, withExamples } from '../options.ts';
import { type Column, orDash, print, printJson, printTable, say } from '../output.ts';

interface NewOptions {
  user?: string;
  scope: 'read' | 'jobs' | 'all';
  days: number;
  never?: boolean;
  output: ListFormat;
}

export function define(token: Command): void {
  withExamples(token, 'dopq token create ci --scope jobs', 'dopq token ls', 'dopq token revoke 3');

  const create = token
    .command('create')
    .description('make a token; its secret is printed this once')
    .argument('<name>', 'what it is for')
    .option('-u, --user <user>', 'whose (at the socket of the administrator: has to be said)')
    .addOption(new Option('--scope <scope>', 'what it may do').choices(['read', 'jobs', 'all']).default('jobs'))
    .option('--days <number>', 'how long it is good', parseCount, 90)
    .option('--never', 'it never expires')
    .addOption(outputOption('table', 'json'))
    .action(async (name: string, own: NewOptions, command: Command) => {
      const { user, scope, days, never, output } = own;
      const issued = await withServer(globalOptions(command), ({ client }) =>
        client.tokens.create({ name, user, scope, expires_in_days: never ? null : days }),
      );
      if (output === 'json') return printJson(({ IssuedToken }) => IssuedToken, issued);
      print(issued.secret);
      const until = issued.expires_at === null ? 'never expires' : `expires ${formatTime(issued.expires_at)}`;
      say(
        `Token ${issued.id} of ${orDash(issued.user)} (${issued.scope}), ${until}. It is not shown again; use it as DOPQ_TOKEN.`,
      );
    });
  withExamples(create, 'dopq token create ci', 'DOPQ_TOKEN=$(dopq token create ci -u alice) ./run.sh');

  const ls = token
    .command('ls')
    .description('list tokens')
    .option('-u, --user <user>', 'whose')
    .addOption(outputOption('table', 'json'))
    .action(async ({ user, output }: { user?: string; output: ListFormat }, command: Command) => {
      const tokens = await withServer(globalOptions(command), ({ client }) => client.tokens.list({ user }));
      if (output === 'json') return printJson(({ Token }) => Token.array(), tokens);
      await printTable(columns, tokens);
      if (tokens.length === 0) say('No tokens. Make one with `dopq token create NAME`.');
    });
  withExamples(ls, 'dopq token ls', 'dopq token ls -u alice -o json');

  const revoke = token
    .command('revoke')
    .description('make a token worthless')
    .argument('<number>', 'number of the token', parseCount)
    .option('-u, --user <user>', 'whose')
    .action(async (id: number, { user }: { user?: string }, command: Command) => {
      await withServer(globalOptions(command), ({ client }) => client.tokens.revoke({ id, user }));
      print(`token ${id} revoked`);
    });
  withExamples(revoke, 'dopq token revoke 3');
}

const columns: Column<Token>[] = [
  { head: 'ID', align: 'right', cell: ({ id }) => String(id) },
  { head: 'NAME', elastic: true, cell: ({ name }) => orDash(name) },
  { head: 'USER', elastic: true, cell: ({ user }) => orDash(user) },
  { head: 'SCOPE', cell: ({ scope }) => scope },
  { head: 'EXPIRES', cell: ({ expires_at: at }) => (at === null ? 'never' : formatTime(at)) },
  {
    head: 'LAST USED',
    cell: ({ used_at: at, used_from: from }) => (at === null ? '-' : `${formatTime(at)} ${orDash(from)}`),
  },
];
