import type { Job } from '@dopq/contract';
import { memo } from 'react';
import { JobLink, JobNumber, useIsMine, UserCell } from '../../parts/job-cells.tsx';
import { Empty } from '../../parts/page.tsx';
import { State } from '../../parts/State.tsx';
import { useWords } from '../../parts/use-now.ts';
import { count } from '../../words/amounts.ts';
import { showOutcome } from '../../words/states.ts';
import { at, clock, dayWords, duration, startOfDay } from '../../words/time.ts';
import { Panel } from './Panel.tsx';

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
    <Panel
      name="Completed"
      to="/history"
      {...(today !== undefined && { note: `${count(today)} today` })}
      caption="Completed jobs, newest first"
      columns={[30.5, [15.5, 'User'], [26, 'Outcome'], [12.5, 'Took', 'r'], [15.5, 'Ended', 'r']]}
      empty={
        jobs.length === 0 && <Empty what="Nothing has ended yet." next="Finished jobs stay here, with their logs." />
      }
    >
      {jobs.slice(0, rows).map((job) => (
        <Row key={job.id} job={job} />
      ))}
    </Panel>
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
