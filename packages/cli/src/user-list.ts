import type { User } from '@dopq/contract';
import { withServer } from './connection.ts';
import type { GlobalOptions, ListFormat } from './options.ts';
import { type Column, orDash, printJson, printTable, say } from './output.ts';

/** `dopq users` and `dopq user ls` are the same list. */
export async function listUsers(options: GlobalOptions & { output: ListFormat }): Promise<void> {
  const users = await withServer(options, ({ client }) => client.users.list());
  if (options.output === 'json') return printJson(({ User }) => User.array(), users);
  await printTable(columns, users);
  if (users.length === 0) say('No users yet. Add one with `dopq user add NAME`.');
}

const columns: Column<User>[] = [
  { head: 'NAME', cell: (user) => orDash(user.name) },
  { head: 'PENALTY', align: 'right', cell: (user) => formatPenalty(user.penalty) },
  { head: 'SHARE', align: 'right', cell: (user) => String(user.shares) },
  { head: 'QUEUED', align: 'right', cell: (user) => String(user.queued) },
  { head: 'RUNNING', align: 'right', cell: (user) => String(user.running) },
  { head: 'FINISHED', align: 'right', cell: (user) => String(user.finished) },
  { head: 'UID', align: 'right', cell: (user) => String(user.uid) },
  { head: 'STATE', cell: (user) => (user.disabled ? '✖ disabled' : '✔ active') },
  { head: 'E-MAIL', cell: (user) => orDash(user.email) },
];

/** Four places, as DoPQ 1.0 showed it; what would look like nothing keeps its size. */
export function formatPenalty(penalty: number): string {
  return penalty > 0 && penalty < 0.00005 ? penalty.toExponential(1) : penalty.toFixed(4);
}
