import type { Gpu, Job, JobPage, Status } from '@dopq/contract';
import { memo } from 'react';
import type { Today as TodaySoFar } from '../../api/queries.ts';
import { useNow } from '../../parts/use-now.ts';
import { count } from '../../words/amounts.ts';
import { at, clock, duration, rangeEnd } from '../../words/time.ts';

interface Props {
  gpus: Gpu[];
  running: Job[];
  queue: JobPage;
  status: Status;
  today: TodaySoFar | undefined;
}

/** The lab in seven numbers. */
export const Figures = memo(function Figures({ gpus, running, queue, status, today }: Props) {
  return (
    <dl className="panel cells figures" aria-label="The lab now">
      <FreeGpus gpus={gpus} />
      <GpuUse gpus={gpus} />
      <Running jobs={running} />
      <Enqueued total={queue.total} status={status} />
      <NextStart jobs={queue.jobs} />
      <Today today={today} />
      <Waits today={today} />
    </dl>
  );
});

function Cell({
  name,
  value,
  unit,
  note,
}: {
  name: string;
  value: React.ReactNode;
  unit?: string;
  note: React.ReactNode;
}) {
  return (
    <div className="cell">
      <dt>{name}</dt>
      <dd className="v">
        {value}
        {unit && <small>{unit}</small>}
      </dd>
      <dd className="n cut">{note}</dd>
    </div>
  );
}

function FreeGpus({ gpus }: { gpus: Gpu[] }) {
  const free = gpus.filter(({ state }) => state === 'free');
  const where = Map.groupBy(free, ({ machine }) => machine);
  const note = [...where].map(
    ([machine, some]) =>
      `${machine} ${some.length > 3 ? `× ${some.length}` : some.map(({ index }) => index).join(', ')}`,
  );
  return (
    <Cell
      name="GPUs free"
      value={free.length}
      unit={` of ${gpus.length}`}
      note={note.join('; ') || (gpus.length ? 'all in use' : 'no GPUs here')}
    />
  );
}

function GpuUse({ gpus }: { gpus: Gpu[] }) {
  const read = gpus.flatMap(({ utilization_percent: value }) => (value === null ? [] : [value]));
  const mean = read.length === 0 ? null : read.reduce((sum, value) => sum + value, 0) / read.length;
  const taken = gpus.filter(({ slots_used: used }) => used > 0).length;
  const allocated = gpus.length === 0 ? 0 : Math.round((taken / gpus.length) * 100);
  return (
    <Cell
      name="GPU use"
      value={mean === null ? '–' : Math.round(mean)}
      {...(mean !== null && { unit: ' %' })}
      note={`${allocated} % allocated`}
    />
  );
}

function Running({ jobs }: { jobs: Job[] }) {
  const gpus = new Set(jobs.flatMap(({ gpus }) => gpus)).size;
  const unit = jobs.length === 1 ? ' job' : ' jobs';
  return <Cell name="Running" value={count(jobs.length)} unit={unit} note={`on ${gpus} GPU${gpus === 1 ? '' : 's'}`} />;
}

function Enqueued({ total, status: { provider, queue } }: { total: number; status: Status }) {
  const parts = [
    [provider.building, 'building'],
    [queue.held, 'held'],
  ] as const;
  const note = parts
    .filter(([n]) => n > 0)
    .map(([n, word]) => `${count(n)} ${word}`)
    .join(', ');
  return (
    <Cell
      name="Enqueued"
      value={count(total)}
      unit={total === 1 ? ' job' : ' jobs'}
      note={note || 'none being built or held'}
    />
  );
}

function NextStart({ jobs }: { jobs: Job[] }) {
  const now = useNow();
  const [next] = jobs
    .filter((job) => job.predicted_start_at !== null)
    .toSorted((a, b) => at(a.predicted_start_at ?? '') - at(b.predicted_start_at ?? ''));
  if (!next?.predicted_start_at) return <Cell name="Next start" value="–" note="nothing waits" />;
  const from = Math.max(now, at(next.predicted_start_at));
  const to = Math.max(from, at(next.predicted_start_p90_at ?? next.predicted_start_at));
  const isNow = from - now < 5000;
  const end = rangeEnd(from, to, now);
  const value = isNow ? 'now' : clock(from, now);
  return (
    <Cell
      name="Next start"
      value={value}
      {...(end !== value && !(isNow && to - now < 60_000) && { unit: `–${end}` })}
      note={`#${next.id}, ${next.user}`}
    />
  );
}

function Today({ today }: { today: TodaySoFar | undefined }) {
  const { finished = 0, succeeded = 0, failed = 0 } = today ?? {};
  return (
    <Cell
      name="Completed today"
      value={today ? count(finished) : '–'}
      note={finished === 0 ? 'none yet' : `${count(succeeded)} ok, ${count(failed)} failed`}
    />
  );
}

/** From queued to started, of what started today. */
function Waits({ today }: { today: TodaySoFar | undefined }) {
  const { waitP50Ms: p50 = null, waitP90Ms: p90 = null } = today ?? {};
  if (p50 === null) return <Cell name="Median wait" value="–" note="no start today" />;
  const [value, ...unit] = duration(p50).split(' ');
  return <Cell name="Median wait" value={value} unit={` ${unit.join(' ')}`} note={`P90 ${duration(p90 ?? p50)}`} />;
}
