// The verbs, and the program that commander runs; only the code of the verb that is named is loaded.
import { Command } from 'commander';
import pkg from '../package.json' with { type: 'json' };
import { exitCodeLines } from './exit-codes.ts';

interface Verb {
  register(program: Command): void;
}

/** In the order of the help. */
export const VERBS: Record<string, () => Promise<Verb>> = {
  init: () => import('./commands/init.ts'),
  doctor: () => import('./commands/doctor.ts'),
  serve: () => import('./commands/serve.ts'),
  status: () => import('./commands/status.ts'),
  top: () => import('./commands/top.ts'),
  validate: () => import('./commands/validate.ts'),
  submit: () => import('./commands/submit.ts'),
  ps: () => import('./commands/ps.ts'),
  show: () => import('./commands/show.ts'),
  explain: () => import('./commands/explain.ts'),
  logs: () => import('./commands/logs.ts'),
  download: () => import('./commands/download.ts'),
  exec: () => import('./commands/exec.ts'),
  wait: () => import('./commands/wait.ts'),
  cancel: () => import('./commands/cancel.ts'),
  retry: () => import('./commands/retry.ts'),
  delete: () => import('./commands/delete.ts'),
  hold: () => import('./commands/hold.ts'),
  release: () => import('./commands/release.ts'),
  move: () => import('./commands/move.ts'),
  nice: () => import('./commands/nice.ts'),
  priority: () => import('./commands/priority.ts'),
  extend: () => import('./commands/extend.ts'),
  history: () => import('./commands/history.ts'),
  gpus: () => import('./commands/gpus.ts'),
  usage: () => import('./commands/usage.ts'),
  ledger: () => import('./commands/ledger.ts'),
  users: () => import('./commands/users.ts'),
  user: () => import('./commands/user.ts'),
  login: () => import('./commands/login.ts'),
  logout: () => import('./commands/logout.ts'),
  whoami: () => import('./commands/whoami.ts'),
  token: () => import('./commands/token.ts'),
  secret: () => import('./commands/secret.ts'),
  notify: () => import('./commands/notify.ts'),
  lock: () => import('./commands/lock.ts'),
  unlock: () => import('./commands/unlock.ts'),
  completion: () => import('./commands/completion.ts'),
  complete: () => import('./commands/complete.ts'),
  drain: () => import('./commands/drain.ts'),
  undrain: () => import('./commands/undrain.ts'),
  policy: () => import('./commands/policy.ts'),
  'clear-history': () => import('./commands/clear-history.ts'),
  audit: () => import('./commands/audit.ts'),
  shutdown: () => import('./commands/shutdown.ts'),
  simulate: () => import('./commands/simulate.ts'),
  backup: () => import('./commands/backup.ts'),
  restore: () => import('./commands/restore.ts'),
};

/** Help and completion look at every verb. */
const NEEDS_ALL = new Set(['help', 'complete']);

/** @param args what was typed after `dopq` */
export async function createProgram(args: string[]): Promise<Command> {
  const program = new Command('dopq')
    .description('DoPQ, the Docker Priority Queue: a fair queue for people who share GPU machines.')
    .version(pkg.version, '-V, --version')
    .option('-c, --config <file>', 'config.ini of the server (default: DOPQ_CONFIG, else the usual place)')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('See `dopq --help`.')
    .addHelpText('after', HELP)
    .exitOverride();
  if (args.length === 1 && /^(-V|--version)$/.test(args[0] ?? '')) return program;
  const named = Object.keys(VERBS).filter((verb) => args.includes(verb));
  // Help and misspelt verbs need them all; an argument that happens to be called like a verb costs some milliseconds.
  for (const verb of named.length > 0 && !NEEDS_ALL.has(args[0] ?? '') ? named : Object.keys(VERBS))
    (await VERBS[verb]?.())?.register(program);
  return program;
}

/**
 * What stands behind the job of `dopq exec` is a command of its own, as with docker and ssh: none of its options are ours.
 * @param args what was typed after `dopq` @returns the same with `--` before that command
 */
export function withoutOptionsOfOthers(args: readonly string[]): string[] {
  const words = ['exec', 'a job'];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '-c' || arg === '--config') at++;
    else if (!arg.startsWith('-')) {
      if (words[0] === 'exec' && arg !== 'exec') break;
      words.shift();
      if (words.length === 0)
        return args[at + 1] === '--' ? [...args] : [...args.slice(0, at + 1), '--', ...args.slice(at + 1)];
    }
  }
  return [...args];
}

const HELP = `
Examples:
  dopq submit ./training --user alice --wait
  dopq ps
  dopq logs -f 12

Jobs are named as 42, 1-10,15, last (your newest), or by a name that only one job has.
The server is found on its own machine by its config file or the socket of your account, elsewhere\nby DOPQ_HOST=https://box:3677 and DOPQ_TOKEN, or by \`dopq login\`.
Colours: NO_COLOR, CLICOLOR=0 and CLICOLOR_FORCE=1 are followed.

Exit codes, and those of the job for \`dopq wait\` and with --wait:
${exitCodeLines().join('\n')}`;
