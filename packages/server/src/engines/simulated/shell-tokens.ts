// Words and operators of the small shell that the simulated engine understands.

/** A part of a word; `$` means something in it unless it is `literal`, and it splits into words unless it is `quoted`. */
export interface Piece {
  text: string;
  quoted: boolean;
  literal: boolean;
}

export type Token = { kind: 'word'; pieces: Piece[] } | { kind: 'operator'; text: string };

/** What this shell does not know; the caller takes the script for a program of its own. */
export class UnknownSyntax extends Error {}

const OPERATOR = /&&|\|\||;;|[;\n|&()]/y;
const REDIRECTION = /\d*(?:>>|>|<)(?:&\d|\s*[^\s;&|<>()]+)/y;
const PIECE =
  /'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\.)*)"|\\(?<escaped>[^])|(?<bare>(?:\$\(\([^()]*\)\)|\$\([^()]*\)|\$(?!\()|[^\s;&|<>()'"\\$])+)/y;

/** Throws UnknownSyntax on what is not understood. */
export function tokensOf(script: string): Token[] {
  const tokens: Token[] = [];
  const text = script.replaceAll('\\\n', '');
  for (let at = 0; at < text.length; ) {
    const blank = matchAt(/[^\S\n]+|#[^\n]*/y, text, at);
    if (blank) {
      at += blank[0].length;
      continue;
    }
    const redirection = matchAt(REDIRECTION, text, at);
    if (redirection) {
      tokens.push({ kind: 'operator', text: redirection[0].replaceAll(/\s/g, '') });
      at += redirection[0].length;
      continue;
    }
    const operator = matchAt(OPERATOR, text, at);
    if (operator) {
      tokens.push({ kind: 'operator', text: operator[0] === '\n' ? ';' : operator[0] });
      at += operator[0].length;
      continue;
    }
    const { pieces, end } = wordAt(text, at);
    tokens.push({ kind: 'word', pieces });
    at = end;
  }
  return tokens;
}

function wordAt(text: string, start: number): { pieces: Piece[]; end: number } {
  const pieces: Piece[] = [];
  let at = start;
  for (let match = matchAt(PIECE, text, at); match; match = matchAt(PIECE, text, at)) {
    const { single, double, escaped, bare } = match.groups ?? {};
    if (single !== undefined) pieces.push({ text: single, quoted: true, literal: true });
    else if (double !== undefined)
      pieces.push({ text: double.replaceAll(/\\(["\\$`])/g, '$1'), quoted: true, literal: false });
    else if (escaped !== undefined) pieces.push({ text: escaped, quoted: true, literal: true });
    else pieces.push({ text: bare ?? '', quoted: false, literal: false });
    at += match[0].length;
  }
  if (at === start) throw new UnknownSyntax(`at: ${text.slice(start, start + 20)}`);
  return { pieces, end: at };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
