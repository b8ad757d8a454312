import type { User } from '@dopq/contract';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { ShareBar } from '../../parts/figures.tsx';
import { useIsMine, UserCell } from '../../parts/job-cells.tsx';
import { Empty } from '../../parts/page.tsx';
import { penalty } from '../../words/amounts.ts';
import { Panel } from './Panel.tsx';

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
    <Panel
      name="Users"
      to="/users"
      caption="Users by penalty, lowest goes first"
      columns={[
        25,
        [13, 'Penalty', 'r'],
        [24, policy === 'fair-share' ? 'against fair share' : policy],
        [10, 'Run', 'r'],
        [13, 'Running', 'r'],
        [15, 'Enqueued', 'r'],
      ]}
      empty={
        shown.length === 0 && (
          <Empty what="Nobody is registered." next="Add the first user:" command="dopq user add NAME" />
        )
      }
    >
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
    </Panel>
  );
});
