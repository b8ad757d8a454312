import type { Gpu, Job, JobEvent } from '@dopq/contract';
import { useSeriesBetween } from '../../api/series.ts';
import { Chart } from '../../parts/Chart.tsx';
import { Empty } from '../../parts/page.tsx';
import { gigabytes, memory } from '../../words/amounts.ts';
import { useNow } from '../../parts/use-now.ts';
import { marksOf } from './marks.ts';

/** What the job used while it ran: four charts with one crosshair. */
export default function JobCharts({ job, gpus, events }: { job: Job; gpus: Gpu[]; events: JobEvent[] }) {
  const now = useNow();
  const { data } = useSeriesBetween([`job:${job.id}`], job.started_at, job.finished_at);
  const series = data?.series[0];
  if (!series || series.times.length === 0) {
    return (
      <Empty
        what={job.finished_at === null ? 'Nothing was measured yet.' : 'There are no measurements of it.'}
        next="They come every ten seconds while a job runs, and stay for 90 days."
      />
    );
  }
  const { times, means } = series;
  const mine = gpus.filter(({ uuid }) => job.gpus.includes(uuid));
  const gpuMemory = mine.reduce((sum, { memory_bytes: bytes }) => sum + (bytes ?? 0), 0);
  const inGb = (values: (number | null)[] | undefined): (number | null)[] =>
    (values ?? []).map((value) => (value === null ? null : value / 2 ** 30));
  const gb = (value: number): string => (value >= 10 ? `${Math.round(value)} GiB` : memory(value * 2 ** 30));
  const group = `job-${job.id}`;
  const { marks, range } = marksOf(job, events, now);
  // The marks are the same in all; the first one names them.
  const shared = { times, group, marks, height: 84, ...(range && { range }) };
  const unnamed = { ...shared, marks: marks.map(({ at }) => ({ at, word: '' })) };
  return (
    <div className="charts">
      {mine.length > 0 && (
        <>
          <Chart
            title="GPU use"
            note={mine.length > 1 ? `mean of ${mine.length}` : ''}
            {...shared}
            lines={[{ name: 'GPU use', values: means['gpu_utilization_percent'] ?? [], fill: true }]}
            max={100}
            format={(value) => `${Math.round(value)} %`}
          />
          <Chart
            title="GPU memory"
            note={gpuMemory > 0 ? `of ${gigabytes(gpuMemory, 0)} GiB` : ''}
            {...unnamed}
            lines={[{ name: 'GPU memory', values: inGb(means['gpu_memory_bytes']), fill: true }]}
            {...(gpuMemory > 0 && { max: gpuMemory / 2 ** 30 })}
            format={gb}
          />
        </>
      )}
      <Chart
        title="CPU"
        note={job.cpus === null ? 'cores' : `of ${job.cpus} cores`}
        {...(mine.length > 0 ? unnamed : shared)}
        lines={[
          {
            name: 'CPU',
            values: (means['cpu_percent'] ?? []).map((value) => (value === null ? null : value / 100)),
            fill: true,
          },
        ]}
        {...(job.cpus !== null && { max: job.cpus })}
        format={(value) => String(Number(value.toFixed(1)))}
      />
      <Chart
        title="Memory"
        note={job.memory_bytes === null ? '' : `of ${memory(job.memory_bytes)}`}
        {...unnamed}
        lines={[{ name: 'Memory', values: inGb(means['memory_bytes']), fill: true }]}
        {...(job.memory_bytes !== null && { max: job.memory_bytes / 2 ** 30 })}
        format={gb}
      />
    </div>
  );
}
