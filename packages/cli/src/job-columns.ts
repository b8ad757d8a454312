// The columns every list of jobs is made of, so that `ps` and `history` say the same thing the same way.
import type { Job } from '@dopq/contract';
import { elapsedMs, formatBytes, formatDuration, formatTime, formatWait } from './format.ts';
import { type Column, orDash } from './output.ts';
import { stateCell } from './states.ts';

type JobColumn = Column<Job>;

const id: JobColumn = { head: 'ID', align: 'right', cell: (job) => String(job.id) };
const name: JobColumn = { head: 'NAME', elastic: true, cell: (job) => orDash(job.name) };
const user: JobColumn = { head: 'USER', elastic: true, cell: (job) => orDash(job.user) };
const state: JobColumn = { head: 'STATE', cell: stateCell };
const gpus: JobColumn = { head: 'GPUS', align: 'right', cell: (job) => orDash(job.num_gpus?.toString()) };
const exit: JobColumn = { head: 'EXIT', align: 'right', cell: (job) => orDash(job.exit_code?.toString()) };
const ended: JobColumn = {
  head: 'ENDED',
  align: 'right',
  cell: (job) => (job.finished_at ? `${duration(job.finished_at, null)} ago` : '-'),
};
const runTime: JobColumn = {
  head: 'RUN TIME',
  align: 'right',
  cell: (job) => duration(job.started_at, job.finished_at),
};
/** How long until a queued job starts: in half of all cases, in nine of ten. */
const eta: JobColumn = {
  head: 'ETA',
  align: 'right',
  cell: ({ predicted_start_at: p50, predicted_start_p90_at: p90 }) => {
    if (p50 === null || p90 === null) return '-';
    const [soon, late] = [p50, p90].map((instant) => formatWait(Date.parse(instant) - Date.now()));
    return soon === late ? `${soon}` : `${soon}-${late}`;
  },
};
const reason: JobColumn = { head: 'REASON', cell: (job) => orDash(job.reason) };

/** Since when a job runs, or waits; how long a finished one ran. */
const time: JobColumn = {
  head: 'TIME',
  align: 'right',
  cell: (job) =>
    duration(job.started_at ?? (job.state === 'finished' ? null : (job.queued_at ?? job.created_at)), job.finished_at),
};

const wide: JobColumn[] = [
  { head: 'MEMORY', align: 'right', cell: (job) => (job.memory_bytes === null ? '-' : formatBytes(job.memory_bytes)) },
  { head: 'CPUS', align: 'right', cell: (job) => orDash(job.cpus?.toString()) },
  { head: 'TRY', align: 'right', cell: (job) => String(job.attempt) },
  { head: 'CREATED', cell: (job) => formatTime(job.created_at) },
  { head: 'FINISHED', cell: (job) => (job.finished_at === null ? '-' : formatTime(job.finished_at)) },
  { head: 'FILE', elastic: true, cell: (job) => orDash(job.file) },
  { head: 'CONTAINER', elastic: true, cell: (job) => orDash(job.container_name) },
  { head: 'ON GPUS', cell: (job) => orDash(job.gpus.join(' ')) },
];

export function queueColumns(isWide: boolean): JobColumn[] {
  return [id, name, user, state, gpus, time, eta, ...(isWide ? wide : []), reason];
}

export function historyColumns(isWide: boolean): JobColumn[] {
  return [id, name, user, { ...state, head: 'OUTCOME' }, exit, gpus, runTime, ended, ...(isWide ? wide : []), reason];
}

function duration(from: string | null, to: string | null): string {
  const ms = elapsedMs(from, to, Date.now());
  return ms === undefined ? '-' : formatDuration(ms);
}
