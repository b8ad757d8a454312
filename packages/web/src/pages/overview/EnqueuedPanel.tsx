import type { Job } from '@dopq/contract';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { JobLink, JobNumber, StartRange, useIsMine, UserCell, whyOf } from '../../parts/job-cells.tsx';
import { Empty } from '../../parts/page.tsx';
import { Reason } from '../../parts/State.tsx';
import { useWords } from '../../parts/use-now.ts';
import { plural } from '../../words/amounts.ts';
import { needs } from '../../words/gpu.ts';
import { at, duration } from '../../words/time.ts';

export const EnqueuedPanel = memo(function EnqueuedPanel({
  jobs,
  total,
  rows,
}: {
  jobs: Job[];
  total: number;
  rows: number;
}) {
  return (
    <section className="panel o-enqueued" aria-label="Enqueued">
      <table className="rows">
        <caption className="vh">Enqueued jobs in scheduling order</caption>
        <colgroup>
          {[21.5, 10.5, 12, 8, 32, 16].map((width, index) => (
            <col key={index} style={{ width: `${width}%` }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th>
              <h2>
                <Link to="/queue">Enqueued</Link>
              </h2>
              <span className="n">{plural(total, 'job')}</span>
            </th>
            <th>User</th>
            <th>Needs</th>
            <th className="r">Waits</th>
            <th>Why it waits</th>
            <th className="r">Starts, P50–P90</th>
          </tr>
        </thead>
        <tbody>
          {jobs.slice(0, rows).map((job) => (
            <Row key={job.id} job={job} />
          ))}
        </tbody>
      </table>
      {total === 0 && (
        <Empty
          what="Nothing is enqueued."
          next="Drop a zip into your folder of the share, or:"
          command="dopq submit ."
        />
      )}
    </section>
  );
});

const Row = memo(function Row({ job }: { job: Job }) {
  const isMine = useIsMine();
  const waits = useWords((now) => duration(now - at(job.queued_at ?? job.created_at)));
  return (
    <tr className={`link${isMine(job.user) ? ' mine' : ''}`}>
      <td className="p-1">
        <span className="lead m3">{job.position ?? '–'}</span>
        <JobNumber id={job.id} /> <JobLink job={job} />
      </td>
      <td className="p-2r">
        <UserCell name={job.user} />
      </td>
      <td className="p-hide">{needs(job)}</td>
      <td className="p-hide r">{waits}</td>
      <td className="p-2">
        <Reason {...whyOf(job)} />
      </td>
      <td className="p-1r r">
        <StartRange job={job} />
      </td>
    </tr>
  );
});
