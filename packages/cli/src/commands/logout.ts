import type { Command } from 'commander';
import { EXIT, Failure } from '../failure.ts';
import { parseHost } from '../find-server.ts';
import { formatTime } from '../format.ts';
import { forgetHost, readHosts } from '../hosts-file.ts';
import { withExamples } from '../options.ts';
import { print, say } from '../output.ts';

export function register(program: Command): void {
  const logout = program
    .command('logout')
    .description('forget the token of a server')
    .argument('[url]', 'which one (default: the one you logged in to last)')
    .action((url: string | undefined) => {
      const asked = url ?? process.env.DOPQ_HOST ?? readHosts().current;
      const origin = asked === undefined ? undefined : parseHost(asked).origin;
      const known = origin === undefined ? undefined : forgetHost(origin);
      if (known === undefined)
        throw new Failure(`You are not logged in${origin === undefined ? '' : ` to ${origin}`}.`, {
          exitCode: EXIT.notFound,
        });
      print(`logged out of ${origin}`);
      const until = known.expires_at === null ? '' : ` until ${formatTime(known.expires_at)}`;
      say(`If somebody may have copied the token, revoke it on the page of ${origin}: it is good${until}.`);
    });
  withExamples(logout, 'dopq logout', 'dopq logout https://box:3677');
}
