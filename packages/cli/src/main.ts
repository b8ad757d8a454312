#!/usr/bin/env node
// `dopq`: finds the verb, loads only that verb's code, and turns every failure into words and an exit code.
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { Command, CommanderError } from 'commander';
import pkg from '../package.json' with { type: 'json' };

interface Verb {
  register(program: Command): void;
}

/** In the order of the help. */
const VERBS: Record<string, () => Promise<Verb>> = {
  serve: () => import('./commands/serve.ts'),
  status: () => import('./commands/status.ts'),
  validate: () => import('./commands/validate.ts'),
  submit: () => import('./commands/submit.ts'),
  ps: () => import('./commands/ps.ts'),
  show: () => import('./commands/show.ts'),
  explain: () => import('./commands/explain.ts'),
  logs: () => import('./commands/logs.ts'),
  wait: () => import('./commands/wait.ts'),
  cancel: () => import('./commands/cancel.ts'),
  hold: () => import('./commands/hold.ts'),
  release: () => import('./commands/release.ts'),
  move: () => import('./commands/move.ts'),
  nice: () => import('./commands/nice.ts'),
  priority: () => import('./commands/priority.ts'),
  extend: () => import('./commands/extend.ts'),
  history: () => import('./commands/history.ts'),
  gpus: () => import('./commands/gpus.ts'),
  ledger: () => import('./commands/ledger.ts'),
  users: () => import('./commands/users.ts'),
  user: () => import('./commands/user.ts'),
  lock: () => import('./commands/lock.ts'),
  unlock: () => import('./commands/unlock.ts'),
  simulate: () => import('./commands/simulate.ts'),
};

async function main(argv: string[]): Promise<void> {
  // A reader that has seen enough (`dopq ps | head -1`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  try {
    const program = await createProgram(argv.slice(2));
    if (argv.length === 2) program.outputHelp();
    else await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = await exitCodeOf(error);
  }
}

async function createProgram(args: string[]): Promise<Command> {
  const program = new Command('dopq')
    .description('DoPQ, the Docker Priority Queue: a fair queue for people who share GPU machines.')
    .version(pkg.version, '-V, --version')
    .option('-c, --config <file>', 'config.ini of the server (default: DOPQ_CONFIG, else the usual place)')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('See `dopq --help`.')
    .addHelpText('after', HELP)
    .exitOverride();
  const named = Object.keys(VERBS).filter((verb) => args.includes(verb));
  // Help and misspelt verbs need them all; an argument that happens to be called like a verb costs some milliseconds.
  for (const verb of named.length > 0 && args[0] !== 'help' ? named : Object.keys(VERBS))
    (await VERBS[verb]?.())?.register(program);
  return program;
}

const HELP = `
Examples:
  dopq submit ./training --user alice --wait
  dopq ps
  dopq logs -f 12

The server is found through its config file, or through DOPQ_HOST=unix:///path/to/dopq.sock.
Exit codes: 0 ok, 1 error, 2 usage, 5 not found, 6 refused, 7 server unreachable, 130 Ctrl-C;
with --wait and for \`dopq wait\` that of the job (124 timed out, 125 not the job's own fault).`;

async function exitCodeOf(error: unknown): Promise<number> {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const { failureOfAny, tell } = await import('./failure.ts');
  const failure = failureOfAny(error);
  if (process.env.DOPQ_DEBUG) console.error(failure.cause ?? error);
  return tell(failure);
}

// Most of a short command's time goes into compiling what it loads. Not below /tmp, where others could plant code.
enableCompileCache(path.join(process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'dopq', 'compiled'));
await main(process.argv);
