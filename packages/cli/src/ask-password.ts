// Passwords come from stdin or a prompt that shows nothing, never from an argument: `ps` and shell histories keep those.
import { emitKeypressEvents, type Key } from 'node:readline';
import { EXIT, Failure } from './failure.ts';

/** @param fromStdin `--password-stdin`: the first line of it */
export async function readPassword(prompt: string, fromStdin: boolean | undefined): Promise<string> {
  if (fromStdin) return await firstLine();
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new Failure('Nobody can be asked for a password here.', {
      fix: 'Give it on stdin: --password-stdin < FILE.',
      exitCode: EXIT.usage,
    });
  }
  return await askHidden(prompt);
}

/** A new one is typed twice. */
export async function readNewPassword(prompt: string, fromStdin: boolean | undefined): Promise<string> {
  const password = await readPassword(prompt, fromStdin);
  if (fromStdin || (await readPassword('Again: ', false)) === password) return password;
  throw new Failure('The two are not the same.', { exitCode: EXIT.usage });
}

export async function firstLine(): Promise<string> {
  process.stdin.setEncoding('utf8');
  let text = '';
  for await (const chunk of process.stdin) text += String(chunk);
  return text.split(/\r?\n/)[0] ?? '';
}

function askHidden(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (act: () => void) => {
      stdin.off('keypress', onKey);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      act();
    };
    const onKey = (text: string | undefined, { name, ctrl }: Key) => {
      if (name === 'return' || name === 'enter') return end(() => resolve(typed));
      if (ctrl && (name === 'c' || name === 'd'))
        return end(() => reject(new Failure('Nothing was done.', { exitCode: EXIT.interrupted })));
      if (name === 'backspace') typed = typed.slice(0, -1);
      else if (ctrl && name === 'u') typed = '';
      else if (!ctrl) typed += text ?? '';
    };
    emitKeypressEvents(stdin);
    // Before the prompt: what is typed at once after it must not be shown either.
    stdin.setRawMode(true);
    stdin.on('keypress', onKey);
    stdin.resume();
    stderr.write(prompt);
  });
}
