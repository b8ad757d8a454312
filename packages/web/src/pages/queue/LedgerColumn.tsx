import type { Ledger } from '@dopq/contract';
import { Link } from '@tanstack/react-router';
import { UserCell } from '../../parts/job-cells.tsx';
import { penalty } from '../../words/amounts.ts';

const LINES = 4;

/** A penalty as a bill: what runs comes first, then what cost most, a rule, the sum. */
export function LedgerColumn({ ledger, lines = LINES }: { ledger: Ledger; lines?: number }) {
  const sorted = ledger.lines.toSorted(
    (a, b) => Number(a.finished_at !== null) - Number(b.finished_at !== null) || b.penalty - a.penalty,
  );
  const shown = sorted.slice(0, lines);
  const rest = sorted.slice(lines);
  const sum = rest.reduce((total, line) => total + line.penalty, 0);
  return (
    <div className="ledger">
      <div className="top2">
        <b>
          <UserCell name={ledger.user} />
        </b>
        <span className="p">{penalty(ledger.penalty, ledger.policy)}</span>
      </div>
      <ul>
        {shown.map((line) => (
          <li key={`${line.job_id} ${line.started_at}`}>
            <Link className="cut" to="/jobs/$id" params={{ id: String(line.job_id) }}>
              #{line.job_id} {line.name}
              {line.finished_at === null && ', runs'}
            </Link>
            <span>{penalty(line.penalty, ledger.policy)}</span>
          </li>
        ))}
        {rest.length > 0 && (
          <li>
            <span>
              {rest.length} older {rest.length === 1 ? 'job' : 'jobs'}
            </span>
            <span>{penalty(sum, ledger.policy)}</span>
          </li>
        )}
        <li className="sum">
          <span>Penalty</span>
          <span>{penalty(ledger.penalty, ledger.policy)}</span>
        </li>
      </ul>
    </div>
  );
}
