import type { Job } from '@dopq/contract';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { JobLink, JobNumber, useIsMine, UserCell } from '../../parts/job-cells.tsx';
import { Empty } from '../../parts/page.tsx';
import { State } from '../../parts/State.tsx';
import { useWords } from '../../parts/use-now.ts';
import { count } from '../../words/amounts.ts';
import { showOutcome } from '../../words/states.ts';
import { at, clock, dayWords, duration, startOfDay } from '../../words/time.ts';

/** @param today how many ended today; undefined = not known yet */
export const CompletedPanel = memo(function CompletedPanel({
  jobs,
  today,
  rows,
}: {
  jobs: Job[];
  today: number | undefined;
  rows: number;
}) {
  return (
    <section className="panel o-completed" aria-label="Completed">
      <table className="rows">
        <caption className="vh">Completed jobs, newest first</caption>
        <colgroup>
          {[30.5, 15.5, 26, 12.5, 15.5].map((width, index) => (
            <col key={index} style={{ width: `${width}%` }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th>
              <h2>
                <Link to="/history">Completed</Link>
              </h2>
              <span className="n">{today === undefined ? '' : `${count(today)} today`}</span>
            </th>
            <th>User</th>
            <th>Outcome</th>
            <th className="r">Took</th>
            <th className="r">Ended</th>
          </tr>
        </thead>
        <tbody>
          {jobs.slice(0, rows).map((job) => (
            <Row key={job.id} job={job} />
          ))}
        </tbody>
      </table>
      {jobs.length === 0 && <Empty what="Nothing has ended yet." next="Finished jobs stay here, with their logs." />}
    </section>
  );
});

const Row = memo(function Row({ job }: { job: Job }) {
  const isMine = useIsMine();
  const ended = useWords((now) => (job.finished_at ? endWords(at(job.finished_at), now) : ''));
  return (
    <tr className={`link${isMine(job.user) ? ' mine' : ''}`}>
      <td className="p-1">
        <JobNumber id={job.id} /> <JobLink job={job} />
      </td>
      <td className="p-2">
        <UserCell name={job.user} />
      </td>
      <td className="p-1r">
        <State {...showOutcome(job)} {...(job.reason && { title: job.reason })} />
      </td>
      <td className="p-hide r">
        {job.started_at && job.finished_at ? duration(at(job.finished_at) - at(job.started_at)) : '–'}
      </td>
      <td className="p-2r r" title={job.finished_at ?? undefined}>
        {ended}
      </td>
    </tr>
  );
});

/** Today the time; of other days the day has to do, the History has both. */
const endWords = (ms: number, now: number): string => (ms < startOfDay(now) ? dayWords(ms) : clock(ms, now));
