import { Link } from '@tanstack/react-router';
import type { PAGES } from '../../shell/pages.ts';

interface Props {
  name: string;
  /** The page that has all of it. */
  to: (typeof PAGES)[number][0];
  note?: string;
  caption: string;
  /** Shares of the width in per cent, with their heads; the first one's head is the panel's name. */
  columns: readonly [first: number, ...rest: (readonly [width: number, head: string, right?: 'r'])[]];
  /** Rows of the table. */
  children: React.ReactNode;
  /** What to say where there are none. */
  empty: React.ReactNode;
}

/** One of the tables of the overview, named in its own head row. */
export function Panel({ name, to, note, caption, columns: [first, ...rest], children, empty }: Props) {
  return (
    <section className={`panel o-${name.toLowerCase()}`} aria-label={name}>
      <table className="rows">
        <caption className="vh">{caption}</caption>
        <colgroup>
          {[first, ...rest.map(([width]) => width)].map((width, index) => (
            <col key={index} style={{ width: `${width}%` }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th>
              <h2>
                <Link to={to}>{name}</Link>
              </h2>
              {note && <span className="n">{note}</span>}
            </th>
            {rest.map(([, head, right]) => (
              <th key={head} className={right}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
      {empty}
    </section>
  );
}
