import { type Piece, type Token, tokensOf, UnknownSyntax } from './shell-tokens.ts';

export type Word = Piece[];

export type Command =
  | { kind: 'simple'; words: Word[]; toStderr: boolean; discarded: boolean }
  | { kind: 'for'; name: string; words: Word[]; body: Step[] }
  | { kind: 'while'; condition: Step[]; until: boolean; body: Step[] };

/** One command and how it hangs on the one before. */
export interface Step {
  command: Command;
  after: ';' | '&&' | '||';
}

/**
 * Reads a script: commands joined by `;`, newline, `&&`, `||`, with `for`, `while` and `until` loops. Throws
 * UnknownSyntax on anything else (pipes, background jobs, `if`, functions).
 */
export function parseScript(script: string): Step[] {
  const tokens = tokensOf(script);
  let at = 0;
  const steps = readSteps(new Set());
  if (at < tokens.length) throw new UnknownSyntax('unexpected end of a loop');
  return steps;

  function readSteps(ends: ReadonlySet<string>): Step[] {
    const steps: Step[] = [];
    let after: Step['after'] = ';';
    while (at < tokens.length && !ends.has(nameOf(tokens[at]))) {
      if (skip(';')) continue;
      steps.push({ command: readCommand(), after });
      after = skip('&&') ? '&&' : skip('||') ? '||' : ';';
      if (after === ';' && at < tokens.length && !isOperator(tokens[at], ';') && !ends.has(nameOf(tokens[at]))) {
        throw new UnknownSyntax(nameOf(tokens[at]));
      }
    }
    return steps;
  }

  function readCommand(): Command {
    const name = nameOf(tokens[at]);
    if (name === 'for') return readFor();
    if (name === 'while' || name === 'until') return readWhile(name === 'until');
    if (UNKNOWN_WORDS.has(name)) throw new UnknownSyntax(name);
    return readSimple();
  }

  function readFor(): Command {
    at += 1;
    const name = nameOf(tokens[at++]);
    expect('in');
    const words: Word[] = [];
    for (let token = tokens[at]; token?.kind === 'word'; token = tokens[++at]) words.push(token.pieces);
    return { kind: 'for', name, words, body: readBody() };
  }

  function readWhile(until: boolean): Command {
    at += 1;
    const condition = readSteps(new Set(['do']));
    return { kind: 'while', condition, until, body: readBody() };
  }

  function readBody(): Step[] {
    skip(';');
    expect('do');
    const body = readSteps(new Set(['done']));
    expect('done');
    return body;
  }

  function readSimple(): Command {
    const command = { kind: 'simple' as const, words: [] as Word[], toStderr: false, discarded: false };
    for (let token = tokens[at]; token; token = tokens[++at]) {
      if (token.kind === 'word') command.words.push(token.pieces);
      else if (/^1?>&2$/.test(token.text)) command.toStderr = true;
      else if (/^1?>/.test(token.text)) command.discarded = true;
      else if (!/^\d*[<>]/.test(token.text)) break;
    }
    if (command.words.length === 0) throw new UnknownSyntax(nameOf(tokens[at]));
    return command;
  }

  function skip(operator: string): boolean {
    if (!isOperator(tokens[at], operator)) return false;
    at += 1;
    return true;
  }

  function expect(name: string): void {
    if (nameOf(tokens[at]) !== name) throw new UnknownSyntax(`"${name}" is missing`);
    at += 1;
  }
}

const UNKNOWN_WORDS = new Set(['if', 'case', 'function', '{', '!', 'exec', 'eval']);

function isOperator(token: Token | undefined, text: string): boolean {
  return token?.kind === 'operator' && token.text === text;
}

/** The text of an unquoted word or an operator: what a keyword looks like. */
function nameOf(token: Token | undefined): string {
  if (token?.kind === 'operator') return token.text;
  const [piece, ...others] = token?.pieces ?? [];
  return piece && others.length === 0 && !piece.quoted ? piece.text : '';
}
