import type { Job } from '@dopq/contract';
import { JobLink, JobNumber, UserCell } from '../../parts/job-cells.tsx';
import { State } from '../../parts/State.tsx';
import type { Column } from '../../parts/Table.tsx';
import { memory } from '../../words/amounts.ts';
import { needs } from '../../words/gpu.ts';
import { showOutcome } from '../../words/states.ts';
import { at, clock, duration } from '../../words/time.ts';

const between = (from: string | null, to: string | null): number | null =>
  from === null || to === null ? null : at(to) - at(from);
const words = (ms: number | null): React.ReactNode => (ms === null ? <span className="m3">–</span> : duration(ms));

export function historyColumns(): Column<Job>[] {
  const now = Date.now();
  return [
    {
      name: 'Job',
      width: 20,
      phone: '1',
      sort: 'id',
      show: (job) => (
        <>
          <JobNumber id={job.id} /> <JobLink job={job} />
        </>
      ),
      value: ({ id }) => id,
    },
    {
      name: 'User',
      width: 9,
      phone: '2',
      sort: 'user',
      show: ({ user }) => <UserCell name={user} />,
      value: ({ user }) => user,
    },
    {
      name: 'Outcome',
      width: 12,
      phone: '1r',
      show: (job) => <State {...showOutcome(job)} />,
      value: ({ outcome }) => outcome,
    },
    {
      name: 'Why',
      width: 18,
      show: ({ reason }) => (
        <span className="m2" title={reason ?? undefined}>
          {reason}
        </span>
      ),
      value: ({ reason }) => reason,
    },
    { name: 'Asked for', width: 9, sort: 'num_gpus', show: needs, value: ({ num_gpus: gpus }) => gpus },
    {
      name: 'Memory',
      width: 7,
      right: true,
      sort: 'memory',
      show: ({ memory_bytes: bytes }) => (bytes === null ? '' : memory(bytes)),
      value: ({ memory_bytes: bytes }) => bytes,
    },
    {
      name: 'Waited',
      width: 7,
      right: true,
      sort: 'wait_time',
      show: (job) => words(between(job.queued_at, job.started_at)),
      value: (job) => seconds(between(job.queued_at, job.started_at)),
    },
    {
      name: 'Took',
      width: 7,
      right: true,
      sort: 'run_time',
      show: (job) => words(between(job.started_at, job.finished_at)),
      value: (job) => seconds(between(job.started_at, job.finished_at)),
    },
    {
      name: 'Ended',
      width: 11,
      phone: '2r',
      right: true,
      sort: 'finished',
      show: ({ finished_at: end }) => (end === null ? '' : <span title={end}>{clock(at(end), now)}</span>),
      value: ({ finished_at: end }) => end,
    },
  ];
}

const seconds = (ms: number | null): number | null => (ms === null ? null : Math.round(ms / 1000));
