// The columns every list of jobs is made of, so that `ps` and `history` say the same thing the same way.
import type { Gpu, Job } from '@dopq/contract';
import type { CsvColumn } from './csv.ts';
import { elapsedMs, formatBytes, formatDuration, formatTime, formatWait } from './format.ts';
import { runningWords } from './job-words.ts';
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
  head: 'TIME',
  align: 'right',
  cell: (job) => duration(job.started_at, job.finished_at),
};
/** How long until a queued job starts: in half of all cases, in nine of ten. */
const eta: JobColumn = {
  head: 'ETA',
  align: 'right',
  cell: etaWords,
};
const reason: JobColumn = { head: 'REASON', cell: (job) => orDash(job.reason) };
/** Of a running job where it is and how long it may, as in squeue. */
const whereOrWhy = (gpus: readonly Gpu[]): JobColumn => ({
  head: 'REASON',
  cell: (job) => orDash(job.reason ?? (job.state === 'running' ? runningWords(job, gpus, Date.now()) : null)),
});

/** Since when a job runs, or waits; how long a finished one ran. */
const time: JobColumn = {
  head: 'TIME',
  align: 'right',
  cell: timeWords,
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

/** @param known the GPUs there are, for where jobs run */
export function queueColumns(isWide: boolean, known: readonly Gpu[]): JobColumn[] {
  return [id, name, user, state, gpus, time, eta, ...(isWide ? wide : []), whereOrWhy(known)];
}

export function historyColumns(isWide: boolean): JobColumn[] {
  return [id, name, user, { ...state, head: 'OUTCOME' }, exit, gpus, runTime, ended, ...(isWide ? wide : []), reason];
}

/** `3m-12m`: how long until a queued job starts, in half of all cases and in nine of ten. */
export function etaWords({ predicted_start_at: p50, predicted_start_p90_at: p90 }: Job): string {
  if (p50 === null || p90 === null) return '-';
  const [soon, late] = [p50, p90].map((instant) => formatWait(Date.parse(instant) - Date.now()));
  return soon === late ? `${soon}` : `${soon}-${late}`;
}

/** Since when a job runs, or waits; how long a finished one ran. */
export function timeWords(job: Job): string {
  const from = job.started_at ?? (job.state === 'finished' ? null : (job.queued_at ?? job.created_at));
  return duration(from, job.finished_at);
}

function duration(from: string | null, to: string | null): string {
  const ms = elapsedMs(from, to, Date.now());
  return ms === undefined ? '-' : formatDuration(ms);
}

/** For spreadsheets: instants, bytes and seconds as they travel. */
export const historyCsv: CsvColumn<Job>[] = [
  { head: 'id', cell: (job) => job.id },
  { head: 'name', cell: (job) => job.name },
  { head: 'user', cell: (job) => job.user },
  { head: 'state', cell: (job) => job.state },
  { head: 'outcome', cell: (job) => job.outcome },
  { head: 'exit_code', cell: (job) => job.exit_code },
  { head: 'num_gpus', cell: (job) => job.num_gpus },
  { head: 'memory_bytes', cell: (job) => job.memory_bytes },
  { head: 'cpus', cell: (job) => job.cpus },
  { head: 'attempt', cell: (job) => job.attempt },
  { head: 'created_at', cell: (job) => job.created_at },
  { head: 'queued_at', cell: (job) => job.queued_at },
  { head: 'started_at', cell: (job) => job.started_at },
  { head: 'finished_at', cell: (job) => job.finished_at },
  { head: 'waited_seconds', cell: (job) => seconds(job.queued_at, job.started_at) },
  { head: 'ran_seconds', cell: (job) => seconds(job.started_at, job.finished_at) },
  { head: 'gpus', cell: (job) => job.gpus.join(' ') },
  { head: 'file', cell: (job) => job.file },
  { head: 'reason', cell: (job) => job.reason },
];

function seconds(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : (Date.parse(to) - Date.parse(from)) / 1000;
}
