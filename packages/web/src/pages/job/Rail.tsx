import type { Job, JobStats } from '@dopq/contract';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.ts';
import { Meter } from '../../parts/figures.tsx';
import { gigabytes, memory } from '../../words/amounts.ts';
import { modelWords, needs } from '../../words/gpu.ts';
import { useExplanation, useGpus } from '../../api/queries.ts';
import { useSeriesBetween } from '../../api/series.ts';
import type { Tone } from '../../words/states.ts';
import { duration } from '../../words/time.ts';

/** How well the job used what it was given, and one piece of advice that the figures prove. */
export function Efficiency({ job }: { job: Job }) {
  const { data: stats } = useQuery({
    queryKey: ['job', job.id, 'stats'],
    queryFn: () => api.jobs.stats({ id: job.id }),
    enabled: job.started_at !== null,
    refetchInterval: job.state === 'running' ? 5000 : false,
  });
  const { data: explanation } = useExplanation(job.state === 'finished' ? job.id : undefined);
  const gpuMemory = useGpuMemory(job);
  const overall = stats?.overall;
  if (!overall) return null;
  const rows = rowsOf(job, overall, gpuMemory);
  const gain = explanation?.efficiency?.gains.find(({ earlier_seconds: earlier }) => (earlier ?? 0) > 0);
  const advice = gain ? provenAdvice(gain) : adviceFor(job, overall);
  return (
    <section className="panel card">
      <h2>
        Efficiency <span>{job.state === 'running' ? 'so far' : 'over its run'}</span>
      </h2>
      <ul className="eff">
        {rows.map(({ name, part, tone, figure, words }) => (
          <li key={name}>
            <span>{name}</span>
            <Meter part={part} tone={tone} />
            <span>
              <b>{figure}</b> {words}
            </span>
          </li>
        ))}
      </ul>
      {advice && (
        <p className="advice">
          <b>{advice[0]}</b> {advice[1]}
        </p>
      )}
    </section>
  );
}

/** The most of its GPUs' memory that it had, and how much there is; null where neither is known. */
function useGpuMemory(job: Job): { peak: number; total: number } | null {
  const { data: gpus = [] } = useGpus();
  const { data } = useSeriesBetween([`job:${job.id}`], job.started_at, job.finished_at);
  const total = gpus
    .filter(({ uuid }) => job.gpus.includes(uuid))
    .reduce((sum, { memory_bytes: bytes }) => sum + (bytes ?? 0), 0);
  const peak = Math.max(0, ...(data?.series[0]?.peaks['gpu_memory_bytes'] ?? []).map((value) => value ?? 0));
  return total > 0 && peak > 0 ? { peak, total } : null;
}

type Overall = NonNullable<JobStats['overall']>;

const GIB = 2 ** 30;
/** Less than this of what was asked for is worth a look. */
const LITTLE = 0.5;

function rowsOf(
  job: Job,
  overall: Overall,
  gpuMemory: ReturnType<typeof useGpuMemory>,
): { name: string; part: number; tone: Tone; figure: string; words: string }[] {
  const tone = (part: number): Tone => (part < LITTLE ? 'look' : 'work');
  const gpu = overall.gpu_utilization_percent_mean;
  const cores = overall.cpu_percent_mean / 100;
  const peak = overall.memory_bytes_peak;
  return [
    ...(gpu === null
      ? []
      : [{ name: 'GPU', part: gpu / 100, tone: tone(gpu / 100), figure: String(Math.round(gpu)), words: '% mean' }]),
    ...(gpuMemory === null
      ? []
      : [
          {
            name: 'GPU memory',
            part: gpuMemory.peak / gpuMemory.total,
            tone: 'work' as const,
            figure: gigabytes(gpuMemory.peak),
            words: `of ${gigabytes(gpuMemory.total, 0)} GiB`,
          },
        ]),
    ...(job.cpus
      ? [
          {
            name: 'CPU',
            part: cores / job.cpus,
            tone: 'work' as const,
            figure: String(Number(cores.toFixed(1))),
            words: `of ${job.cpus}`,
          },
        ]
      : []),
    ...(job.memory_bytes
      ? [
          {
            name: 'Memory',
            part: peak / job.memory_bytes,
            tone: tone(peak / job.memory_bytes),
            figure: job.memory_bytes < GIB ? memory(peak) : gigabytes(peak),
            words: `of ${memory(job.memory_bytes)}`,
          },
        ]
      : []),
  ];
}

const ENOUGH_MEASUREMENTS = 30;

/** What a replay of those hours found. */
function provenAdvice({
  text,
  earlier_seconds: earlier,
}: {
  text: string;
  earlier_seconds: number | null;
}): [string, string] {
  const words = text.charAt(0).toUpperCase() + text.slice(1);
  return [words, `it would have started ${duration((earlier ?? 0) * 1000)} earlier.`];
}

function adviceFor(job: Job, overall: Overall): [string, string] | undefined {
  if (overall.measurements < ENOUGH_MEASUREMENTS) return undefined;
  const idle = overall.gpu_idle_fraction;
  if (idle !== null && idle > 0.3) {
    return [
      'Its GPUs often rest.',
      `In ${Math.round(idle * 100)} % of its time none of them did anything: load data ahead, or ask for fewer.`,
    ];
  }
  const peak = overall.memory_bytes_peak;
  const enough = Math.ceil((peak * 1.3) / GIB);
  if (job.memory_bytes && peak < LITTLE * job.memory_bytes && enough * GIB < job.memory_bytes) {
    return [`Ask for ${enough} GiB next time.`, `The peak was ${memory(peak)}; smaller jobs find a place earlier.`];
  }
  return undefined;
}

export function AskedFor({ job }: { job: Job }) {
  const { data: gpus = [] } = useGpus();
  const given = gpus.filter(({ uuid }) => job.gpus.includes(uuid));
  const isRead = job.num_gpus !== null;
  const rows: [string, string | null][] = [
    ['GPUs', needs(job) || null],
    [
      'Given',
      given.length > 0 ? given.map((gpu) => `${gpu.machine} ${gpu.index} (${modelWords(gpu)})`).join(', ') : null,
    ],
    ['Memory', job.memory_bytes === null ? null : memory(job.memory_bytes)],
    ['CPUs', isRead ? (job.cpus === null ? 'no limit of its own' : String(job.cpus)) : null],
    [
      'Time limit',
      isRead ? (job.time_limit_seconds === null ? 'none' : duration(job.time_limit_seconds * 1000)) : null,
    ],
    ['Class', job.priority === 0 ? null : String(job.priority)],
    ['Among own jobs', job.nice === 0 ? null : `nice ${job.nice}`],
    ['Image', job.image],
    ['Archive', job.file],
    ['Container', job.container_name],
  ];
  return (
    <section className="panel card">
      <h2>Asked for</h2>
      <dl className="kv">
        {rows.map(
          ([name, value]) =>
            value !== null && (
              <div key={name} className="kv-row">
                <dt>{name}</dt>
                <dd title={value} className={name === 'Image' || name === 'Container' ? 'mono' : ''}>
                  {value}
                </dd>
              </div>
            ),
        )}
      </dl>
      {job.notes.length > 0 && (
        <ul className="advice">
          {job.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </section>
  );
}
