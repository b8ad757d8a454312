import type { User } from '@dopq/contract';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { ShareBar } from '../../parts/figures.tsx';
import { useIsMine, UserCell } from '../../parts/job-cells.tsx';
import { Empty } from '../../parts/page.tsx';
import { penalty } from '../../words/amounts.ts';

/** Who is next in fairness: lower goes first. */
export const UsersPanel = memo(function UsersPanel({
  users,
  policy,
  rows,
}: {
  users: User[];
  policy: string;
  rows: number;
}) {
  const isMine = useIsMine();
  const shown = users
    .filter(({ disabled }) => !disabled)
    .toSorted((a, b) => a.penalty - b.penalty || b.queued - a.queued || a.name.localeCompare(b.name));
  return (
    <section className="panel o-users" aria-label="Users">
      <table className="rows">
        <caption className="vh">Users by penalty, lowest goes first</caption>
        <colgroup>
          {[25, 13, 24, 10, 13, 15].map((width, index) => (
            <col key={index} style={{ width: `${width}%` }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th>
              <h2>
                <Link to="/users">Users</Link>
              </h2>
            </th>
            <th className="r">Penalty</th>
            <th>{policy === 'fair-share' ? 'against fair share' : policy}</th>
            <th className="r">Run</th>
            <th className="r">Running</th>
            <th className="r">Enqueued</th>
          </tr>
        </thead>
        <tbody>
          {shown.slice(0, rows).map((user) => (
            <tr key={user.name} className={`link${isMine(user.name) ? ' mine' : ''}`}>
              <td className="p-1">
                <Link className="to" to="/users" search={{ name: user.name }}>
                  <b>
                    <UserCell name={user.name} />
                  </b>
                </Link>
              </td>
              <td className="p-1r r" title={String(user.penalty)}>
                {penalty(user.penalty, policy)}
              </td>
              <td className="p-2">
                <ShareBar penalty={user.penalty} />
              </td>
              <td className="p-2r r">{user.finished}</td>
              <td className="p-hide r">{user.running}</td>
              <td className="p-hide r">{user.queued}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length === 0 && (
        <Empty what="Nobody is registered." next="Add the first user:" command="dopq user add NAME" />
      )}
    </section>
  );
});
