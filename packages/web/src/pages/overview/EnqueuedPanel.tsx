import type { Job } from '@dopq/contract';
import { memo } from 'react';
import { JobLink, JobNumber, StartRange, useIsMine, UserCell, whyOf } from '../../parts/job-cells.tsx';
import { Empty } from '../../parts/page.tsx';
import { Reason } from '../../parts/State.tsx';
import { useWords } from '../../parts/use-now.ts';
import { plural } from '../../words/amounts.ts';
import { needs } from '../../words/gpu.ts';
import { at, duration } from '../../words/time.ts';
import { Panel } from './Panel.tsx';

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
    <Panel
      name="Enqueued"
      to="/queue"
      note={plural(total, 'job')}
      caption="Enqueued jobs in scheduling order"
      columns={[
        21.5,
        [10.5, 'User'],
        [12, 'Needs'],
        [8, 'Waits', 'r'],
        [32, 'Why it waits'],
        [16, 'Starts, P50–P90', 'r'],
      ]}
      empty={
        total === 0 && (
          <Empty
            what="Nothing is enqueued."
            next="Drop a zip into your folder of the share, or:"
            command="dopq submit ."
          />
        )
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
