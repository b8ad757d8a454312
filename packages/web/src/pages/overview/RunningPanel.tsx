import type { Gpu, Job } from '@dopq/contract';
import { memo } from 'react';
import type { JobUse, Samples } from '../../api/samples.ts';
import { Meter } from '../../parts/figures.tsx';
import { JobLink, JobNumber, useIsMine, UserCell } from '../../parts/job-cells.tsx';
import { Empty } from '../../parts/page.tsx';
import { State } from '../../parts/State.tsx';
import { useWords } from '../../parts/use-now.ts';
import { inUse, plural } from '../../words/amounts.ts';
import { places } from '../../words/gpu.ts';
import { showState } from '../../words/states.ts';
import { at, clock, duration } from '../../words/time.ts';
import { Panel } from './Panel.tsx';

/** So many GPUs of a job fit into their column. */
const MOST_INDICES = 3;

export const RunningPanel = memo(function RunningPanel({
  jobs,
  gpus,
  samples,
  rows,
}: {
  jobs: Job[];
  gpus: Gpu[];
  samples: Samples;
  rows: number;
}) {
  return (
    <Panel
      name="Running"
      to="/queue"
      note={plural(jobs.length, 'job')}
      caption="Running jobs"
      columns={[
        21.5,
        [10.5, 'User'],
        [11.5, 'GPUs'],
        [9.5, 'GPU use'],
        [6.5, 'Cores', 'r'],
        [9.5, 'Memory', 'r'],
        [16.5, 'Time of its limit'],
        [14.5, 'Ends', 'r'],
      ]}
      empty={
        jobs.length === 0 && <Empty what="Nothing runs." next="Every GPU that is free starts the next job by itself." />
      }
    >
      {jobs.slice(0, rows).map((job) => (
        <Row key={job.id} job={job} gpus={gpus} use={samples.useOf(job.id)} />
      ))}
    </Panel>
  );
});

const Row = memo(function Row({ job, gpus, use }: { job: Job; gpus: Gpu[]; use: JobUse }) {
  const isMine = useIsMine();
  return (
    <tr className={`link${isMine(job.user) ? ' mine' : ''}`}>
      <td className="p-1">
        <JobNumber id={job.id} /> <JobLink job={job} />
      </td>
      <td className="p-2">
        <UserCell name={job.user} />
      </td>
      <td className="p-hide" title={places(job.gpus, gpus)}>
        {places(job.gpus, gpus, MOST_INDICES) || 'CPU only'}
      </td>
      <td className="p-1r">
        <Use job={job} gpus={gpus} />
      </td>
      <td className="p-hide r">{use.cores === null ? '–' : use.cores.toFixed(1)}</td>
      <td className="p-hide r">{use.memoryBytes === null ? '–' : inUse(use.memoryBytes)}</td>
      <td className="p-hide">
        <TimeOfLimit job={job} />
      </td>
      <td className="p-2r r">
        <Ends job={job} />
      </td>
    </tr>
  );
});

/** Mean utilisation of the job's own GPUs. */
function Use({ job, gpus }: { job: Job; gpus: Gpu[] }) {
  const shown = showState(job);
  const mine = gpus.filter(({ uuid }) => job.gpus.includes(uuid));
  const read = mine.flatMap(({ utilization_percent: value }) => (value === null ? [] : [value]));
  if (job.state === 'starting' || read.length === 0) return <State {...shown} />;
  return <State {...shown} word={`${Math.round(read.reduce((sum, value) => sum + value, 0) / read.length)} %`} />;
}

function TimeOfLimit({ job }: { job: Job }) {
  const started = job.started_at === null ? null : at(job.started_at);
  const limit = job.time_limit_seconds;
  const ran = useWords((now) => duration(now - (started ?? now)));
  // As fine as the bar can show it.
  const part = useWords((now) => ((now - (started ?? now)) / 1000 / (limit ?? 1)).toFixed(2));
  if (started === null) return <span className="m3">–</span>;
  return (
    <span className="bar-v">
      {limit ? <Meter part={Number(part)} tone="work" /> : <span className="m3 small">no limit</span>}
      <span>{ran}</span>
    </span>
  );
}

function Ends({ job: { started_at: started, time_limit_seconds: limit } }: { job: Job }) {
  const ends = useWords((now) =>
    started === null || limit === null ? '' : `≤ ${clock(at(started) + limit * 1000, now)}`,
  );
  return ends === '' ? <span className="m3">open</span> : <>{ends}</>;
}
