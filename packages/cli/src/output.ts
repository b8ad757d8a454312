// Data goes to stdout, talk to stderr. Tables fit the terminal; into a pipe they go whole.
import type * as contract from '@dopq/contract';
import { cleanLine } from './terminal-text.ts';
import { displayWidth } from './text-width.ts';

export interface Column<Row> {
  head: string;
  align?: 'left' | 'right';
  /** May be cut where the terminal is narrow; the last column always may. */
  elastic?: boolean;
  /** The cell's text; may carry our own colours. Text from elsewhere goes through `cleanLine` first. */
  cell(row: Row): string;
}

const GAP = 2;
/** A column cut shorter says nothing any more. */
const MIN_COLUMN = 6 + GAP;
/** Width of the last column, the reason, for which others give way. */
const ENOUGH_FOR_LAST = 24;

/** Prints rows below their heads, cut to the terminal's width if there is one and `cut` allows it. */
export async function printTable<Row>(columns: Column<Row>[], rows: Row[], cut = true): Promise<void> {
  print(await formatTable(columns, rows, cut ? outputWidth() : Number.POSITIVE_INFINITY));
}

/** Columns of the terminal that data goes to; without one there is no end. */
export function outputWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY;
}

/** @param width columns of the terminal */
export async function formatTable<Row>(columns: Column<Row>[], rows: Row[], width: number): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const table = new Table({
    head: columns.map(({ head }) => head),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    colWidths: fitWidths(columns, naturalWidths(columns, cells), width),
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': GAP, head: [], border: [] },
  });
  table.push(...cells);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const NO_LINES = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map((name) => [name, '']),
);

function naturalWidths<Row>(columns: Column<Row>[], cells: string[][]): number[] {
  return columns.map(
    ({ head }, index) => Math.max(head.length, ...cells.map((row) => displayWidth(row[index] ?? ''))) + GAP,
  );
}

/** Takes from the widest elastic column until the last one has enough; what is left is the last one's. */
function fitWidths<Row>(columns: Column<Row>[], natural: number[], width: number): number[] {
  const front = natural.slice(0, -1);
  const last = natural.at(-1) ?? 0;
  const room = () => width + GAP - front.reduce((sum, column) => sum + column, 0);
  while (room() < Math.min(last, ENOUGH_FOR_LAST)) {
    const widest = Math.max(...front.filter((_, index) => columns[index]?.elastic));
    if (widest <= MIN_COLUMN) break;
    front[front.findIndex((column, index) => column === widest && columns[index]?.elastic)] = widest - 1;
  }
  return [...front, Math.max(MIN_COLUMN, Math.min(last, room()))];
}

type Contract = typeof contract;

/**
 * One JSON document, checked against the contract before it leaves.
 * @param schemaOf its schema; the contract is loaded for this only
 */
export async function printJson(
  schemaOf: (contract: Contract) => { parse(value: unknown): unknown },
  value: unknown,
): Promise<void> {
  print(JSON.stringify(schemaOf(await import('@dopq/contract')).parse(value), null, 2));
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Progress, hints and questions: not data. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function orDash(text: string | null | undefined): string {
  return text === null || text === undefined || text === '' ? '-' : cleanLine(text);
}
