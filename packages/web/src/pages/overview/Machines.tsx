// Which GPU is whose. Few GPUs are cards, more are rows of two lines, very many are a heat map.
import type { Gpu, Job, Status } from '@dopq/contract';
import { memo, useState } from 'react';
import type { Samples } from '../../api/samples.ts';
import { State } from '../../parts/State.tsx';
import { gigabytes, plural } from '../../words/amounts.ts';
import { type GpuKind, showGpu } from '../../words/states.ts';
import { duration } from '../../words/time.ts';
import { GpuCard, type GpuView } from './GpuCard.tsx';
import { HeatCell } from './HeatCell.tsx';

/** More than two rows of five are shown in two lines each; more than 64 as a map. */
const MOST_CARDS = 10;
const MOST_ROWS = 64;
/** Beyond that their cells are of one line, so that the page still fits a screen. */
const MOST_TALL_CELLS = 100;
const COLUMNS = 5;
/** A GPU that did nothing for so long is said to be idle. */
const IDLE_MS = 60_000;

interface Props {
  gpus: Gpu[];
  jobs: Job[];
  host: Status['host'];
  samples: Samples;
}

export const Machines = memo(function Machines({ gpus, jobs, host, samples }: Props) {
  const [lit, setLit] = useState<number>();
  if (gpus.length === 0) return null;
  const machines = [...Map.groupBy(gpus, ({ machine }) => machine)];
  const views = new Map(gpus.map((gpu) => [gpu.uuid, viewOf(gpu, jobs, samples)]));
  const layout = gpus.length <= MOST_CARDS ? 'cards' : gpus.length <= MOST_ROWS ? 'compact' : 'heat';
  const columns = layout === 'heat' ? heatColumnsOf(machines.length) : columnsOf(machines.map(([, own]) => own.length));
  return (
    <div className={`machines ${layout}${gpus.length > MOST_TALL_CELLS ? ' dense' : ''}`}>
      {machines.map(([name, own], index) => (
        <section key={name} className="machine" style={{ gridColumn: `span ${columns[index]}` }}>
          <div className="sec">
            <h2>{name}</h2>
            <span className="n cut">
              {plural(own.length, 'GPU')}
              {machines.length === 1 ? hostWords(host) : freeWords(own)}
            </span>
            {index === 0 && <Legend views={[...views.values()]} />}
          </div>
          <div className="gpus" style={{ '--cols': columns[index] } as React.CSSProperties}>
            {own.map((gpu) => {
              const view = views.get(gpu.uuid);
              if (!view) return null;
              const shared = { view, isLit: lit !== undefined && gpu.jobs[0]?.id === lit, onLight: setLit };
              return layout === 'heat' ? (
                <HeatCell key={gpu.uuid} {...shared} />
              ) : (
                <GpuCard key={gpu.uuid} {...shared} isLit={shared.isLit && view.part !== undefined} />
              );
            })}
          </div>
        </section>
      ))}
    </div>
  );
});

function viewOf(gpu: Gpu, jobs: Job[], samples: Samples): GpuView {
  const [holder] = gpu.jobs;
  const job = jobs.find(({ id }) => id === holder?.id);
  const idle = holder ? samples.idleMs(gpu.uuid) : 0;
  return {
    gpu,
    part: job && job.gpus.length > 1 ? { at: job.gpus.indexOf(gpu.uuid) + 1, of: job.gpus.length } : undefined,
    samples: samples.of(gpu.uuid),
    shown: showGpu(gpu, idle >= IDLE_MS ? duration(idle) : null),
  };
}

/** Side by side where all fit into five columns with equally many rows; else below each other. */
function columnsOf(counts: number[]): number[] {
  for (let rows = 1; rows <= 8; rows += 1) {
    const columns = counts.map((count) => Math.ceil(count / rows));
    const sum = columns.reduce((total, one) => total + one, 0);
    if (sum <= COLUMNS) return counts.length === 1 ? [COLUMNS] : columns;
  }
  return counts.map(() => COLUMNS);
}

/** Machines with a map each: as many beside each other as stay readable. */
function heatColumnsOf(machines: number): number[] {
  const each = machines === 1 ? COLUMNS : machines === 2 ? 2 : 1;
  return Array.from({ length: machines }, () => each);
}

function freeWords(gpus: Gpu[]): string {
  const free = gpus.filter(({ state }) => state === 'free').length;
  return `, ${free === 0 ? 'none' : free} free`;
}

function hostWords({
  cpus,
  cpu_percent: percent,
  memory_bytes: total,
  memory_used_bytes: used,
}: Status['host']): string {
  const cores = percent === null ? `${cpus} cores` : `CPU ${Math.round((percent / 100) * cpus)} of ${cpus} cores`;
  return `, memory ${gigabytes(used, 0)} of ${gigabytes(total, 0)} GiB, ${cores}`;
}

const LEGEND: Record<GpuKind, string> = {
  work: 'at work',
  idle: 'allocated, idle',
  outside: 'outside DoPQ',
  drained: 'drained',
  doubt: 'not read',
  free: 'free',
};

function Legend({ views }: { views: GpuView[] }) {
  return (
    <span className="legend">
      {(Object.keys(LEGEND) as GpuKind[]).map((kind) => {
        const same = views.filter(({ shown }) => shown.kind === kind);
        const [first] = same;
        return (
          first && (
            <State key={kind} icon={first.shown.icon} tone={first.shown.tone} word={`${same.length} ${LEGEND[kind]}`} />
          )
        );
      })}
    </span>
  );
}
