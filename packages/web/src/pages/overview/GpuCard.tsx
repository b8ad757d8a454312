import type { Gpu } from '@dopq/contract';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { Meter, Spark } from '../../parts/figures.tsx';
import { useIsMine } from '../../parts/job-cells.tsx';
import { State, You } from '../../parts/State.tsx';
import { gigabytes } from '../../words/amounts.ts';
import { modelWords, shortUuid } from '../../words/gpu.ts';
import type { showGpu } from '../../words/states.ts';

export interface GpuView {
  gpu: Gpu;
  /** Which of its job's GPUs it is, and of how many. */
  part: { at: number; of: number } | undefined;
  samples: readonly (number | null)[];
  shown: ReturnType<typeof showGpu>;
}

interface Props {
  view: GpuView;
  /** The job under the pointer: all its GPUs light up together. */
  isLit: boolean;
  onLight: (job?: number) => void;
}

/** Drawn anew only when something that it shows is another. */
export const GpuCard = memo(Card, (before, after) => {
  const [a, b] = [before.view, after.view];
  return (
    before.isLit === after.isLit &&
    a.gpu === b.gpu &&
    a.samples === b.samples &&
    a.shown.word === b.shown.word &&
    a.part?.at === b.part?.at &&
    a.part?.of === b.part?.of
  );
});

function Card({ view, isLit, onLight }: Props) {
  const { gpu, part, samples, shown } = view;
  const [job] = gpu.jobs;
  const { utilization_percent: use, memory_bytes: total, memory_used_bytes: used } = gpu;
  return (
    <article
      className={`gpu kind-${shown.kind} tone-${shown.tone}${isLit ? ' lit' : ''}`}
      aria-label={`${gpu.machine} GPU ${gpu.index}`}
      onMouseEnter={() => onLight(job?.id)}
      onMouseLeave={() => onLight()}
    >
      <div className="h">
        <span className="idx">{gpu.index}</span>
        <span className="model cut">{modelWords(gpu)}</span>
        <code className="uuid" title={gpu.uuid}>
          {shortUuid(gpu.uuid)}
        </code>
        <State {...shown} {...(gpu.reason && { title: gpu.reason })} />
      </div>
      <div className="w">
        <Owner view={view} />
        {part && <span className="of">{`${part.at} of ${part.of}`}</span>}
      </div>
      <div className="u">
        <span className="v">
          {use === null ? '–' : Math.round(use)}
          {use !== null && <small>%</small>}
        </span>
        <Spark
          values={samples}
          tone={shown.tone}
          label={`Utilisation, last 10 minutes, now ${use === null ? 'not read' : `${Math.round(use)} %`}`}
        />
      </div>
      <div className="f">
        <span className="mem">
          {total !== null && <Meter part={(used ?? 0) / total} tone={shown.tone} />}
          <span>{total === null ? '' : `${used === null ? '–' : gigabytes(used)} / ${gigabytes(total, 0)} GiB`}</span>
        </span>
        <span className="env">{environment(gpu)}</span>
      </div>
    </article>
  );
}

function Owner({ view: { gpu, shown } }: { view: GpuView }) {
  const [job] = gpu.jobs;
  const isMine = useIsMine();
  if (job) {
    const others = gpu.jobs.length - 1;
    return (
      <>
        <b>{job.user}</b>
        {isMine(job.user) && <You />}
        <Link className="job cut" to="/jobs/$id" params={{ id: String(job.id) }}>
          #{job.id} {job.name}
          {others > 0 && ` and ${others} more`}
        </Link>
      </>
    );
  }
  const [foreign] = gpu.processes.filter(({ job_id: id }) => id === null);
  if (shown.kind === 'outside' && foreign) {
    return (
      <>
        <b className="cut">{foreign.name.split('/').at(-1)}</b>
        <span className="job cut">outside DoPQ, pid {foreign.pid}</span>
      </>
    );
  }
  return (
    <span className="job cut" title={gpu.reason ?? undefined}>
      {gpu.reason ?? 'nobody'}
    </span>
  );
}

function environment({ temperature_celsius: celsius, power_watts: watts }: Gpu): string {
  return [celsius === null ? '' : `${Math.round(celsius)} °C`, watts === null ? '' : `${Math.round(watts)} W`]
    .filter(Boolean)
    .join('\u2002');
}
