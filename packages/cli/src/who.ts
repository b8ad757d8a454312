// Whose jobs "mine" are.
import { userInfo } from 'node:os';
import type { Connection } from './connection.ts';
import { EXIT, Failure } from './failure.ts';

/**
 * The user who asks: DOPQ_USER, else whom the server knows one as (a socket of one's own, a token), else, for root at the
 * administrator's socket, the account of this machine if a user of DoPQ is called so.
 * Undefined for somebody without jobs, such as an administrator who is no user.
 */
export async function whoIsAsking(client: Connection['client'], env = process.env): Promise<string | undefined> {
  if (env.DOPQ_USER) return env.DOPQ_USER;
  const { user } = await client.session.whoami();
  if (user !== null) return user;
  const account = env.SUDO_USER ?? accountName();
  if (account === undefined) return undefined;
  const users = await client.users.list();
  return users.some(({ name }) => name === account) ? account : undefined;
}

/** @throws Failure (usage) if it is not known who asks */
export async function whoMustBeAsking(client: Connection['client']): Promise<string> {
  const user = await whoIsAsking(client);
  if (user !== undefined) return user;
  throw new Failure('It is not known who you are here: no DoPQ user is called like your account.', {
    fix: 'Say it with DOPQ_USER=NAME, or name somebody with --user.',
    exitCode: EXIT.usage,
  });
}

function accountName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    // A uid without an account, as in some containers.
    return undefined;
  }
}
