import type { Command } from 'commander';
import { connectTo } from '../connection.ts';
import { EXIT, Failure, failureOfAny } from '../failure.ts';
import { parseHost } from '../find-server.ts';
import { formatTime } from '../format.ts';
import { forgetHost, readHosts } from '../hosts-file.ts';
import { withExamples } from '../options.ts';
import { print, say } from '../output.ts';

export function define(logout: Command): void {
  logout.argument('[url]', 'which one (default: the one you logged in to last)').action(run);
  withExamples(logout, 'dopq logout', 'dopq logout https://box:3677');
}

async function run(url: string | undefined): Promise<void> {
  const asked = url ?? process.env.DOPQ_HOST ?? readHosts().current;
  const origin = asked === undefined ? undefined : parseHost(asked).origin;
  const known = origin === undefined ? undefined : forgetHost(origin);
  if (origin === undefined || known === undefined)
    throw new Failure(`You are not logged in${origin === undefined ? '' : ` to ${origin}`}.`, {
      exitCode: EXIT.notFound,
    });
  const problem = await giveBack(origin, known.token);
  print(`logged out of ${origin}`);
  if (problem === undefined) return;
  const until = known.expires_at === null ? '' : ` until ${formatTime(known.expires_at)}`;
  say(`The token is forgotten here, but the server was not told: ${problem}`);
  say(`If somebody may have copied it, revoke it on the page of ${origin}: it is good${until}.`);
}

/** @returns why the server still takes the token; undefined = it does not */
async function giveBack(origin: string, token: string): Promise<string | undefined> {
  await using connection = connectTo({ origin, words: origin, token });
  try {
    await connection.client.tokens.giveBack();
    return undefined;
  } catch (error) {
    const { message, exitCode } = failureOfAny(error);
    // It had expired, or was revoked already.
    return exitCode === EXIT.signIn ? undefined : message;
  }
}
