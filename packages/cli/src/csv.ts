// RFC 4180: commas, quotes doubled, one line per row. Times stay ISO 8601 and lengths seconds, for programs and spreadsheets.
import { print } from './output.ts';
import { cleanLine } from './terminal-text.ts';

export interface CsvColumn<Row> {
  head: string;
  cell(row: Row): string | number | boolean | null | undefined;
}

export function printCsv<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): void {
  print(formatCsv(columns, rows));
}

export function formatCsv<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): string {
  const lines = rows.map((row) => columns.map((column) => csvCell(column.cell(row))).join(','));
  return [columns.map(({ head }) => head).join(','), ...lines].join('\r\n');
}

function csvCell(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const line = cleanLine(value);
  // A spreadsheet would take a name such as "=1+1" for a formula and run it.
  const harmless = /^[=+\-@]/.test(line) ? `'${line}` : line;
  return /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
