// Small parts that the screen of `dopq top` is made of: cells, bars, rules.
import { styleText } from 'node:util';
import { displayWidth, fit } from '../text-width.ts';

export type Colour = Parameters<typeof styleText>[0];

export interface Cell {
  text: string;
  width: number;
  align?: 'left' | 'right';
  colour?: Colour | undefined;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/** Cells with a space between them; exactly as wide as they are together. */
export function row(cells: readonly Cell[]): string {
  return cells.map((cell) => paint(cell.colour, fit(cell.text, cell.width, cell.align))).join(' ');
}

export function paint(colour: Colour | undefined, text: string): string {
  return colour === undefined ? text : styleText(colour, text);
}

/** `███▌      ` for a part of 1, its colour as nvitop has it: below 10 % idle, from the second limit on much. */
export function bar(part: number, width: number, much: number): string {
  const whole = Math.max(0, Math.min(1, part)) * width;
  const full = Math.floor(whole);
  const text = '█'.repeat(full) + (EIGHTHS[Math.round((whole - full) * 8)] ?? '');
  const colour: Colour = part < 0.1 ? 'green' : part < much ? 'yellow' : 'red';
  return paint(colour, fit(text, width));
}

/** Above these, a bar says "much": load and memory, as in nvitop. */
export const MUCH = { load: 0.75, memory: 0.8 };

/** `── GPUs  2 of 4 free ─────────`. */
export function rule(title: string, facts: string, width: number): string {
  const head = `── ${styleText('bold', title)}${facts === '' ? ' ' : `  ${facts} `}`;
  const left = width - displayWidth(head);
  return left < 0 ? fit(head, width) : head + '─'.repeat(left);
}
