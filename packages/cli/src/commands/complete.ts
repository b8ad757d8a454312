// What the scripts of `dopq completion` call at every Tab; hidden from help.
import type { Command } from 'commander';
import { liveCandidates } from '../completion/live.ts';
import { type Candidate, wantedAt } from '../completion/request.ts';
import { FILES } from '../completion/scripts.ts';
import { withServer } from '../connection.ts';
import { withExamples } from '../options.ts';
import { print } from '../output.ts';
import { cleanLine } from '../terminal-text.ts';

/** A Tab that takes longer is worse than none. */
const PATIENCE_MS = 2000;

export function define(complete: Command): void {
  complete
    .argument('[words...]')
    .allowUnknownOption()
    .action((words: string[]) => answer(complete.parent ?? complete, words));
  withExamples(complete, 'dopq complete -- cancel ""');
}

async function answer(program: Command, typed: string[]): Promise<void> {
  const words = joinedAtEquals(typed);
  const word = words.at(-1) ?? '';
  // `--output=j`: bash replaces what is behind its "=", other shells the whole word.
  const [, option, value] = /^(--[\w-]+)=(.*)$/.exec(word) ?? [];
  const before = option === undefined ? words.slice(0, -1) : [...words.slice(0, -1), option];
  const wanted = wantedAt(program, before, value ?? word);
  if (wanted.kind === 'file') return print(FILES);
  const found = wanted.kind === 'words' ? wanted.words : await ask(wanted.kind, wanted.verb, configOf(before));
  const prefix = option === undefined || typed.includes('=') ? '' : `${option}=`;
  const lines = found
    .filter((one) => one.value.startsWith(value ?? word))
    .map((one) => `${prefix}${one.value}\t${cleanLine(one.about)}`);
  if (lines.length > 0) print(lines.join('\n'));
}

/** A server that is away or slow completes nothing. */
async function ask(kind: 'job' | 'user', verb: string, config: string | undefined): Promise<Candidate[]> {
  const inVain = setTimeout(() => process.exit(0), PATIENCE_MS);
  try {
    return await withServer({ config }, ({ client }) => liveCandidates(client, kind, verb));
  } catch {
    return [];
  } finally {
    clearTimeout(inVain);
  }
}

/** bash takes `--output=json` apart at its "=". */
function joinedAtEquals(words: string[]): string[] {
  return words.reduce<string[]>((joined, word, index) => {
    if (word === '=' || words[index - 1] === '=') joined.push(`${joined.pop() ?? ''}${word}`);
    else joined.push(word);
    return joined;
  }, []);
}

function configOf(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === '-c' || word === '--config');
  return at === -1 ? undefined : words[at + 1];
}
