// The verbs below `dopq user` that are about signing in: roles, invitations, approvals, passwords.
import type { PendingUser } from '@dopq/contract';
import { Argument, type Command } from 'commander';
import { readNewPassword } from './ask-password.ts';
import { withServer } from './connection.ts';
import { formatTime } from './format.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from './options.ts';
import { type Column, orDash, print, printJson, printTable, say } from './output.ts';

type RoleName = 'user' | 'operator' | 'admin';
const roleArgument = (text: string) => new Argument(text, 'what they may do').choices(['user', 'operator', 'admin']);

export function registerAccounts(user: Command): void {
  const role = user
    .command('role')
    .description('make somebody a user (own jobs), an operator (the queue) or an admin (everything)')
    .argument('<user>', 'who')
    .addArgument(roleArgument('<role>'))
    .action(async (name: string, to: RoleName, _: unknown, command: Command) => {
      await withServer(globalOptions(command), ({ client }) => client.users.role({ name, role: to }));
      print(`${name} is ${to}`);
    });
  withExamples(role, 'dopq user role alice operator');

  const invite = user
    .command('invite')
    .description('make a code with which somebody sets a password, once')
    .argument('<user>', 'who')
    .action(async (name: string, _: unknown, command: Command) => {
      const { code, expires_at: until } = await withServer(globalOptions(command), ({ client }) =>
        client.users.invite({ name }),
      );
      print(code);
      say(`Give it to ${name}; it is good until ${formatTime(until)}, once.`);
    });
  withExamples(invite, 'dopq user invite alice');

  const pending = user
    .command('pending')
    .description('list who has signed up and waits for approval')
    .addOption(outputOption('table', 'json'))
    .action(async ({ output }: { output: ListFormat }, command: Command) => {
      const waiting = await withServer(globalOptions(command), ({ client }) => client.registrations.list());
      if (output === 'json') return printJson(({ PendingUser }) => PendingUser.array(), waiting);
      await printTable(columns, waiting);
      if (waiting.length === 0) say('Nobody waits for approval.');
    });
  withExamples(pending, 'dopq user pending');

  const approve = user
    .command('approve')
    .description('let somebody in who has signed up')
    .argument('<user>', 'who')
    .addArgument(roleArgument('[role]'))
    .action(async (name: string, as: RoleName | undefined, _: unknown, command: Command) => {
      await withServer(globalOptions(command), ({ client }) => client.registrations.approve({ name, role: as }));
      print(`approved ${name}`);
    });
  withExamples(approve, 'dopq user approve alice', 'dopq user approve bob operator');

  const reject = user
    .command('reject')
    .description('turn somebody away who has signed up')
    .argument('<user>', 'who')
    .action(async (name: string, _: unknown, command: Command) => {
      await withServer(globalOptions(command), ({ client }) => client.registrations.reject({ name }));
      print(`rejected ${name}`);
    });
  withExamples(reject, 'dopq user reject mallory');

  const password = user
    .command('password')
    .description('set a password; on the server itself the socket is proof enough')
    .argument('[user]', 'whose (default: yours)')
    .option('--password-stdin', 'read it from stdin; else you are asked')
    .action(async (name: string | undefined, own: { passwordStdin?: boolean }, command: Command) => {
      const chosen = await readNewPassword('New password: ', own.passwordStdin);
      const changed = await withServer(globalOptions(command), ({ client }) =>
        client.session.setPassword({ user: name, password: chosen }),
      );
      print(`${changed.user} has a new password`);
    });
  withExamples(password, 'dopq user password alice', 'dopq user password alice --password-stdin < ~/.secret');
}

const columns: Column<PendingUser>[] = [
  { head: 'USER', cell: ({ user }) => orDash(user) },
  { head: 'SIGNED UP', cell: ({ registered_at: at }) => formatTime(at) },
  { head: 'UID HERE', align: 'right', cell: ({ account_uid: uid }) => orDash(uid?.toString()) },
  { head: 'E-MAIL', cell: ({ email }) => orDash(email) },
];
