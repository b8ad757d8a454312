import type { UsageLine, User } from '@dopq/contract';
import { UserCell } from '../../parts/job-cells.tsx';
import { tenths } from '../../words/amounts.ts';

/** GPU hours of each person beside what their share would have been of all that was used. */
export function HoursByPerson({ lines, users }: { lines: UsageLine[]; users: User[] }) {
  const shares = new Map(users.map(({ name, shares: weight }) => [name, weight]));
  const used = lines.reduce((sum, { gpu_hours: hours }) => sum + hours, 0);
  const weights = lines.reduce((sum, { key }) => sum + (shares.get(key) ?? 1), 0);
  const fair = (key: string): number => (weights === 0 ? 0 : (used * (shares.get(key) ?? 1)) / weights);
  const most = Math.max(1e-9, ...lines.map(({ key, gpu_hours: hours }) => Math.max(hours, fair(key))));
  if (used === 0) return null;
  return (
    <section className="panel hours-panel" aria-label="GPU hours per person">
      <div className="bar">
        <h2>GPU hours per person</h2>
        <span className="m3 small">the tick is the fair share of what was used</span>
      </div>
      <ul>
        {lines
          .toSorted((a, b) => b.gpu_hours - a.gpu_hours)
          .map(({ key, gpu_hours: hours, gpu_idle_hours: idle }) => (
            <li key={key}>
              <b className="cut">
                <UserCell name={key} />
              </b>
              <span className="hours-bar" aria-hidden="true">
                <i style={{ width: `${(hours / most) * 100}%` }} />
                {idle !== null && (
                  <s style={{ left: `${((hours - idle) / most) * 100}%`, width: `${(idle / most) * 100}%` }} />
                )}
                <em style={{ left: `${(fair(key) / most) * 100}%` }} />
              </span>
              <span className="r">{tenths(hours)} h</span>
              <span className="r m3 small">
                {idle !== null && idle >= 0.05 && `${tenths(idle)} h idle, `}fair {tenths(fair(key))} h
              </span>
            </li>
          ))}
      </ul>
    </section>
  );
}
