// Questions before what cannot be taken back. Without a terminal nobody can answer: then `--yes` has to say it.
import { createInterface } from 'node:readline/promises';
import { EXIT, Failure } from './failure.ts';
import { say } from './output.ts';

/**
 * Goes on only if the person types these words.
 * @throws Failure if they do not, or nobody can be asked
 */
export async function confirmByTyping(warning: string, words: string, isSure: boolean | undefined): Promise<void> {
  if (isSure) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new Failure(warning, {
      fix: 'Nobody can be asked here: say --yes if that is what you want.',
      exitCode: EXIT.usage,
    });
  }
  say(warning);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const typed = await lines.question(`Type "${words}" to go on: `);
    if (typed.trim() !== words) throw new Failure('Nothing was done.');
  } catch (error) {
    // Ctrl-C and Ctrl-D at the question.
    if ((error as Error).name === 'AbortError') throw new Failure('Nothing was done.', { exitCode: EXIT.interrupted });
    throw error;
  } finally {
    lines.close();
  }
}
