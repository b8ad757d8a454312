// `dopq`: runs the verb and turns every failure into words and an exit code.
import { CommanderError, InvalidArgumentError } from 'commander';
import { createProgram, withoutOptionsOfOthers } from './program.ts';

/** CLICOLOR and CLICOLOR_FORCE (bixense.com/clicolors) in the words that Node knows; NO_COLOR wins. */
function followColourHabits(env: NodeJS.ProcessEnv): void {
  const isForced = env.CLICOLOR_FORCE !== undefined && env.CLICOLOR_FORCE !== '' && env.CLICOLOR_FORCE !== '0';
  // Node lets FORCE_COLOR win over NO_COLOR and warns about the pair.
  if (env.NO_COLOR) delete env.FORCE_COLOR;
  else if (isForced) env.FORCE_COLOR ??= '1';
  else if (env.CLICOLOR === '0') env.NO_COLOR = '1';
}

async function main(argv: string[]): Promise<void> {
  followColourHabits(process.env);
  // A reader that has seen enough (`dopq ps | head -1`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  try {
    const args = withoutOptionsOfOthers(argv.slice(2));
    const program = await createProgram(args);
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = await exitCodeOf(error);
  }
}

async function exitCodeOf(error: unknown): Promise<number> {
  // Commander has said it already; of a bad argument only where a parser of its own threw, and that one is another error.
  if (error instanceof CommanderError && !(error instanceof InvalidArgumentError)) return error.exitCode === 0 ? 0 : 2;
  const { EXIT, Failure, failureOfAny, tell } = await import('./failure.ts');
  if (error instanceof InvalidArgumentError) {
    return tell(new Failure(error.message, { fix: 'See `dopq COMMAND --help`.', exitCode: EXIT.usage }));
  }
  const failure = failureOfAny(error);
  if (process.env.DOPQ_DEBUG) console.error(failure.cause ?? error);
  return tell(failure);
}

await main(process.argv);
