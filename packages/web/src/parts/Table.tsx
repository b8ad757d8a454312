// A table that sorts by its heads and can be taken along as CSV.
import { toCsv } from '../words/csv.ts';

export interface Column<Row> {
  name: string;
  /** Share of the width; default equal. */
  width?: number;
  right?: boolean;
  show: (row: Row) => React.ReactNode;
  /** What stands in the CSV; without it the column is not in it. */
  value?: (row: Row) => string | number | null;
  /** Name of the order by it; without one it cannot be sorted by. */
  sort?: string;
  /** Its place among the two lines of a row on a phone: first or second line, left or right; else it is not shown there. */
  phone?: '1' | '1r' | '2' | '2r';
}

interface Props<Row> {
  caption: string;
  columns: Column<Row>[];
  rows: Row[];
  keyOf: (row: Row) => string | number;
  sort?: { by: string; descending: boolean } | undefined;
  onSort?: (by: string, descending: boolean) => void;
  rowClass?: (row: Row) => string;
}

export function Table<Row>({ caption, columns, rows, keyOf, sort, onSort, rowClass }: Props<Row>) {
  const isTwoLines = columns.some(({ phone }) => phone);
  const classOf = ({ right, phone }: Column<Row>): string =>
    [right ? 'r' : '', isTwoLines ? (phone ? `p-${phone}` : 'p-hide') : ''].join(' ').trim();
  return (
    <table className={isTwoLines ? 'rows list' : ''}>
      <caption className="vh">{caption}</caption>
      <colgroup>
        {columns.map(({ name, width }) => (
          <col key={name} style={width === undefined ? {} : { width: `${width}%` }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map(({ name, right, sort: by }) => {
            const isSorted = by !== undefined && sort?.by === by;
            return (
              <th
                key={name}
                className={right ? 'r' : ''}
                {...(isSorted && { 'aria-sort': sort.descending ? ('descending' as const) : ('ascending' as const) })}
              >
                {by !== undefined && onSort ? (
                  <button
                    type="button"
                    className="sort"
                    onClick={() => onSort(by, isSorted ? !sort.descending : false)}
                  >
                    {name}
                    {isSorted && (sort.descending ? ' ↓' : ' ↑')}
                  </button>
                ) : (
                  name
                )}
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)} className={rowClass?.(row) ?? ''}>
            {columns.map((column) => (
              <td key={column.name} className={classOf(column)}>
                {column.show(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Saves rows as a file: what the table shows, in figures instead of words. */
export function saveCsv<Row>(file: string, columns: Column<Row>[], rows: readonly Row[]): void {
  const kept = columns.filter(({ value }) => value !== undefined);
  save(
    file,
    toCsv([kept.map(({ name }) => name), ...rows.map((row) => kept.map(({ value }) => value?.(row) ?? null))]),
    'text/csv',
  );
}

export function save(file: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = file;
  link.click();
  URL.revokeObjectURL(url);
}
