// The verbs, and the program that commander runs; only the code of the verbs that are named is loaded.
import { Command, Help } from 'commander';
import pkg from '../package.json' with { type: 'json' };
import { exitCodeLines } from './exit-codes.ts';

/** What a file of `commands/` has: arguments, options, examples and action of the verb it is called like. */
interface Verb {
  define(command: Command): void;
}

const HIDDEN = '';
/** In the order of the help, a line for each. */
const GROUPS: Record<string, Record<string, string>> = {
  'Jobs:': {
    submit: 'check a folder, a zip or a tar, and send it',
    validate: 'say what would be said of a submission, and send nothing',
    ps: "list everyone's active jobs, in the order they are served",
    history: 'list finished jobs, newest first',
    show: 'show everything about a job, and what happened to it',
    explain: 'say why a job waits, when it starts, what changes that',
    logs: "print a job's log, also long after its container is gone",
    exec: 'run a command, or a shell, inside your running job',
    download: 'fetch what a job left in its output folder, or its zip',
    wait: 'wait until jobs have ended, and return their exit code',
    cancel: 'end jobs in whatever state they are',
    retry: 'run finished jobs once more, as new ones',
    extend: 'give a job more time, if nobody starts later for it',
  },
  'Waiting jobs:': {
    move: "put jobs first among their user's own; nobody is passed",
    nice: 'order your own jobs: lower goes first; nobody is passed',
    hold: 'keep jobs from starting until they are released',
    release: 'let held jobs wait for their start',
    delete: 'take waiting jobs out of the queue',
    priority: 'put jobs into a class: higher goes before any penalty',
  },
  'The lab:': {
    top: 'watch GPUs, jobs and host on the whole screen',
    status: 'show each part of DoPQ, and how to mend what is wrong',
    gpus: 'list the GPUs and who is on them',
    users: 'list users with their penalty and their jobs',
    ledger: 'show what a penalty is made of, run by run',
    usage: 'report GPU hours, waits, failures and use of the GPUs',
    simulate: "try out policies on the server's own past, or on a trace",
  },
  'You:': {
    login: 'sign in to a DoPQ on another machine, and keep a token',
    logout: 'make that token worthless there, and forget it here',
    whoami: 'say who you are to the server, and by what it knows',
    token: 'make, list and revoke tokens for scripts and machines',
    secret: 'environment of your containers that nobody sees again',
    notify: 'be told of your jobs by e-mail or webhook',
    completion: 'print what a shell needs to complete verbs and jobs',
  },
  'The server:': {
    init: 'set DoPQ up on this machine',
    doctor: 'look this machine over, and say how to mend what is wrong',
    serve: 'run the server until it is stopped; containers survive it',
    user: 'add, list, disable users; their shares, limits and roles',
    lock: 'start no more jobs; all else goes on',
    unlock: 'start jobs again',
    drain: 'give no new jobs to a GPU or a machine',
    undrain: 'give jobs to a drained GPU or machine again',
    policy: 'show what decides who goes first, or change it at once',
    'clear-history': 'take finished jobs out of the history',
    audit: 'list what was done at the door, and what was refused',
    backup: 'copy the database to a file, also while the server runs',
    restore: 'put a backup in place of the database',
    shutdown: 'end DoPQ; containers run on, the next start takes them',
  },
  [HIDDEN]: { complete: 'list what could stand at the last of these words; for `dopq completion`' },
};

export const VERBS = Object.values(GROUPS).flatMap((verbs) => Object.keys(verbs));

/** @param args what was typed after `dopq`; the verbs among it are loaded, of the others help and completion know the name */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('dopq')
    .description('DoPQ, the Docker Priority Queue: a fair queue for people who share GPU machines.')
    .version(pkg.version, '-V, --version')
    .option('-c, --config <file>', 'config.ini of the server (default: DOPQ_CONFIG, else the usual place)')
    .configureHelp({ showGlobalOptions: true, subcommandTerm: termOf })
    .showHelpAfterError('See `dopq --help`.')
    .addHelpText('after', HELP)
    .exitOverride();
  for (const [group, verbs] of Object.entries(GROUPS)) {
    for (const [name, about] of Object.entries(verbs)) {
      const verb = program
        .command(name, { hidden: group === '' })
        .description(about)
        .helpGroup(group);
      if (!args.includes(name)) continue;
      const code = (await import(`./commands/${name}.ts`)) as Verb;
      code.define(verb);
    }
  }
  program.commandsGroup('You:').helpCommand(true);
  return program;
}

/** Of a verb its name, of what is below one its arguments too. */
function termOf(command: Command): string {
  return command.parent?.parent ? new Help().subcommandTerm(command) : command.name();
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

\`dopq COMMAND --help\` has the options and examples of each.
Jobs are named as 42, 1-10,15, last (your newest), or by a name that only one
job has. The server is found on its own machine by its config file or the socket
of your account, elsewhere by DOPQ_HOST=https://box:3677 and DOPQ_TOKEN, or by
\`dopq login\`. NO_COLOR, CLICOLOR=0 and CLICOLOR_FORCE=1 are followed.

Exit codes, and those of the job for \`dopq wait\` and with --wait:
${exitCodeLines().join('\n')}`;
