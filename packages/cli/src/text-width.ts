// How wide text is on a terminal, and making it fit. Own colours (SGR) have no width; other sequences are not expected here.
import { stripVTControlCharacters } from 'node:util';

const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\uff01-\uff60]/u;
const NO_WIDTH = /\p{Mark}|\u200b|\u200c|\u200d/u;
// oxlint-disable-next-line no-control-regex
const SGR = /\x1b\[[0-9;]*m/y;
const RESET = '\x1b[0m';

/** Columns on the terminal: East Asian wide characters and emoji take two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of stripVTControlCharacters(text)) width += charWidth(char);
  return width;
}

function charWidth(char: string): number {
  return NO_WIDTH.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
}

/** Text of exactly so many columns: filled with spaces, or cut with "…" at its end. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  if (width <= 0) return '';
  const missing = width - displayWidth(text);
  if (missing >= 0) return align === 'left' ? text + ' '.repeat(missing) : ' '.repeat(missing) + text;
  return cut(text, width - 1, '…');
}

/** At most so many columns of a line; whatever colour is on at the cut is switched off. */
function cut(text: string, width: number, end: string): string {
  let kept = '';
  let used = 0;
  let hasColour = false;
  for (const { sequence, char } of pieces(text)) {
    if (sequence !== undefined) {
      kept += sequence;
      hasColour = true;
      continue;
    }
    const next = charWidth(char);
    if (used + next > width) break;
    kept += char;
    used += next;
  }
  return `${kept}${' '.repeat(Math.max(0, width - used))}${end}${hasColour ? RESET : ''}`;
}

/**
 * Breaks a line between words; what follows keeps its colour.
 * @param next the column where the lines after the first begin; default as the line itself
 */
export function wrap(line: string, width: number, next?: number): string[] {
  if (displayWidth(line) <= width) return [line];
  const own = /^ */.exec(line)?.[0].slice(0, Math.floor(width / 2)) ?? '';
  const indent = next === undefined ? own : ' '.repeat(Math.min(next, Math.floor(width / 2)));
  const lines: string[] = [];
  let colour = '';
  let before = own;
  let current = '';
  const words = line.slice(own.length).match(/\S+\s*/g) ?? [];
  for (const word of words.flatMap((one) => chop(one, width - Math.max(own.length, indent.length)))) {
    if (current !== '' && before.length + displayWidth(current) + displayWidth(word.trimEnd()) > width) {
      lines.push(before + current.trimEnd() + (colour === '' ? '' : RESET));
      before = indent;
      current = colour;
    }
    current += word;
    colour = colourAfter(word, colour);
  }
  return [...lines, before + current.trimEnd()];
}

/** A word longer than a line, in pieces that are not. */
function chop(word: string, width: number): string[] {
  const parts = [''];
  for (const { sequence, char } of pieces(word)) {
    if (sequence === undefined && char !== ' ' && displayWidth(parts.at(-1) ?? '') + charWidth(char) > width)
      parts.push('');
    parts.push((parts.pop() ?? '') + (sequence ?? char));
  }
  return parts;
}

// oxlint-disable-next-line no-control-regex
const OFF = /^\x1b\[(?:0|22|23|24|27|39|49)?m$/;

function colourAfter(text: string, before: string): string {
  let colour = before;
  for (const { sequence } of pieces(text)) if (sequence !== undefined) colour = OFF.test(sequence) ? '' : sequence;
  return colour;
}

function* pieces(text: string): Generator<{ sequence?: string; char: string }> {
  for (let at = 0; at < text.length; ) {
    SGR.lastIndex = at;
    const sequence = SGR.exec(text)?.[0];
    const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
    yield sequence === undefined ? { char } : { sequence, char: '' };
    at += (sequence ?? char).length;
  }
}
