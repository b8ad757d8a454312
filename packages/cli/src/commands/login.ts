import { hostname, userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { readPassword } from '../ask-password.ts';
import { connectTo } from '../connection.ts';
import { EXIT, Failure } from '../failure.ts';
import { findServer, parseHost } from '../find-server.ts';
import { formatTime } from '../format.ts';
import { rememberHost } from '../hosts-file.ts';
import { parseCount, withExamples } from '../options.ts';
import { print, say } from '../output.ts';
import { cleanLine } from '../terminal-text.ts';

interface Options {
  user?: string;
  passwordStdin?: boolean;
  scope: 'read' | 'jobs' | 'all';
  days: number;
}

export function define(login: Command): void {
  login
    .argument('[url]', 'as https://box:3677 (default: DOPQ_HOST)')
    .option('-u, --user <user>', 'who you are there (default: the name of your account here)')
    .option('--password-stdin', 'read the password from stdin; else you are asked')
    .addOption(new Option('--scope <scope>', 'what the token may do').choices(['read', 'jobs', 'all']).default('all'))
    .option('--days <number>', 'how long the token is good', parseCount, 90)
    .action((url: string | undefined, own: Options) => run(url ?? process.env.DOPQ_HOST, own));
  withExamples(
    login,
    'dopq login https://box:3677',
    'dopq login https://box:3677 -u alice --password-stdin < ~/.secret',
  );
}

async function run(url: string | undefined, { user, passwordStdin, scope, days }: Options): Promise<void> {
  const { origin, socketPath } = parseHost(url ?? '');
  if (socketPath !== undefined)
    throw new Failure('A socket needs no login: it knows who you are.', { exitCode: EXIT.usage });
  warnOfPlainText(origin);
  const name = user ?? userInfo().username;
  const password = await readPassword(`Password of ${name} at ${origin}: `, passwordStdin);
  await using connection = connectTo({ origin, words: origin });
  const issued = await connection.client.tokens.obtain({
    user: name,
    password,
    name: `dopq on ${hostname()}`.slice(0, 100),
    scope,
    expires_in_days: days,
  });
  const file = rememberHost(origin, { user: issued.user, token: issued.secret, expires_at: issued.expires_at });
  print(`logged in to ${origin} as ${cleanLine(issued.user)}`);
  say(`The token is in ${file}${issued.expires_at === null ? '' : `, good until ${formatTime(issued.expires_at)}`}.`);
  await sayIfOthersGoFirst(origin);
}

/** A server of this machine, and DOPQ_HOST, go before what one has logged in to. */
async function sayIfOthersGoFirst(origin: string): Promise<void> {
  // What is wrong with a configuration here is told by the command that needs it.
  const used = await findServer({}).catch(() => undefined);
  if (used && used.origin !== origin)
    say(`Commands from here still go to ${used.words}; with DOPQ_HOST=${origin} they go there.`);
}

/** On the way to another machine everybody in between reads http. */
function warnOfPlainText(origin: string): void {
  const { protocol, hostname: host } = new URL(origin);
  if (protocol === 'http:' && !/^(localhost|127\..*|\[::1\])$/.test(host))
    say(`! ${origin} is not encrypted: password and token can be read on their way.`);
}
