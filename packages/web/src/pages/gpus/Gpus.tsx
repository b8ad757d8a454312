// Each GPU with what it did: two hours, two days or ninety days.
import type { Gpu, SeriesAnswer } from '@dopq/contract';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useAction } from '../../api/act.ts';
import { useGpus } from '../../api/queries.ts';
import { readSeries, useLast, useSeries } from '../../api/series.ts';
import { Chart } from '../../parts/Chart.tsx';
import { Empty, Failure, Loading, PageHead } from '../../parts/page.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { State } from '../../parts/State.tsx';
import { saveCsv } from '../../parts/Table.tsx';
import { useNear } from '../../parts/use-near.ts';
import { gigabytes, memory, plural } from '../../words/amounts.ts';
import { modelWords } from '../../words/gpu.ts';
import { showGpu } from '../../words/states.ts';
import { DrainButton } from './DrainButton.tsx';

export const SPANS = [
  ['2h', '2 hours', 7_200_000],
  ['2d', '2 days', 172_800_000],
  ['90d', '90 days', 7_776_000_000],
] as const;

export function Gpus() {
  const { span = '2h' } = useSearch({ from: '/gpus' });
  const navigate = useNavigate({ from: '/gpus' });
  const { data: gpus, error } = useGpus();
  const [run, isBusy] = useAction();
  const spanMs = SPANS.find(([key]) => key === span)?.[2] ?? SPANS[0][2];
  if (!gpus) return error ? <Failure error={error} /> : <Loading />;
  return (
    <>
      <PageHead title="GPUs" note={plural(gpus.length, 'GPU')}>
        <Segments
          name="How far back"
          options={SPANS}
          value={span}
          onChange={(to) => void navigate({ search: { span: to }, replace: true })}
        />
        <button
          type="button"
          className="btn"
          disabled={isBusy}
          onClick={() =>
            void run(async () => saveMeasured(await readSeries(gpus.map(subjectOf), { from: ago(spanMs) })))
          }
        >
          CSV
        </button>
      </PageHead>
      {gpus.length === 0 && (
        <section className="panel">
          <Empty
            what="No GPUs are seen here."
            next="Jobs that ask for none still run. If this machine has some, see what nvidia-smi says:"
            command="nvidia-smi -L"
          />
        </section>
      )}
      {gpus.map((gpu) => (
        <Measured key={gpu.uuid} gpu={gpu} spanMs={spanMs} />
      ))}
    </>
  );
}

const subjectOf = ({ uuid }: Gpu): string => `gpu:${uuid}`;
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();

/** Its figures are asked for once somebody scrolls near: a machine room has hundreds. */
function Measured({ gpu, spanMs }: { gpu: Gpu; spanMs: number }) {
  const [ref, isNear] = useNear<HTMLElement>();
  const { data } = useSeries(isNear ? [subjectOf(gpu)] : [], spanMs);
  const { times = [], means = {} } = data?.series[0] ?? {};
  const range = useLast(spanMs);
  const total = gpu.memory_bytes;
  return (
    <section ref={ref} className="panel gpu-page" aria-label={`${gpu.machine} GPU ${gpu.index}`}>
      <Facts gpu={gpu} />
      {isNear && (
        <>
          <Chart
            title="Utilisation"
            times={times}
            range={range}
            max={100}
            format={(value) => `${Math.round(value)} %`}
            group="gpus"
            lines={[
              { name: 'used', values: means['utilization_percent'] ?? [], fill: true },
              {
                name: 'allocated',
                values: (means['allocated'] ?? []).map((value) => (value === null ? null : value * 100)),
                colour: 'ink-3',
                dash: true,
              },
            ]}
          />
          <Chart
            title="Memory"
            note={total === null ? '' : `of ${gigabytes(total, 0)} GiB`}
            times={times}
            range={range}
            {...(total !== null && { max: total / 2 ** 30 })}
            format={(value) => `${Math.round(value)} GiB`}
            group="gpus"
            lines={[
              {
                name: 'memory',
                values: (means['memory_used_bytes'] ?? []).map((value) => (value === null ? null : value / 2 ** 30)),
                fill: true,
              },
            ]}
          />
        </>
      )}
    </section>
  );
}

function saveMeasured({ series }: SeriesAnswer): void {
  const rows = series.flatMap(({ subject, times, means }) =>
    times.map((time, index) => ({
      subject,
      time,
      use: means['utilization_percent']?.[index] ?? null,
      memory: means['memory_used_bytes']?.[index] ?? null,
    })),
  );
  const show = () => null;
  saveCsv(
    'dopq-gpus.csv',
    [
      { name: 'gpu', show, value: (row) => row.subject.slice(4) },
      { name: 'time', show, value: (row) => new Date(row.time * 1000).toISOString() },
      { name: 'utilization_percent', show, value: (row) => row.use },
      { name: 'memory_used_bytes', show, value: (row) => row.memory },
    ],
    rows,
  );
}

function Facts({ gpu }: { gpu: Gpu }) {
  const shown = showGpu(gpu, null);
  const outside = gpu.processes.filter(({ job_id: id }) => id === null);
  return (
    <div className="facts">
      <h2>
        {gpu.machine} {gpu.index} <State {...shown} />
      </h2>
      <span className="m2">{modelWords(gpu)}</span>
      <code className="m3 uuid cut" title={gpu.uuid}>
        {gpu.uuid}
      </code>
      {gpu.reason && <span className="m2">{gpu.reason}</span>}
      {gpu.jobs.map((job) => (
        <Link key={job.id} className="cut" to="/jobs/$id" params={{ id: String(job.id) }}>
          <b>{job.user}</b> <span className="m2">{`#${job.id} ${job.name}`}</span>
        </Link>
      ))}
      {outside.map(({ pid, name, memory_bytes: bytes }) => (
        <span key={pid} className="small m2 cut" title={name}>
          outside DoPQ: pid {pid}, {name.split('/').at(-1)}
          {bytes !== null && `, ${memory(bytes)}`}
        </span>
      ))}
      <span className="small m2">
        {gpu.slots_used} of {plural(gpu.slots, 'slot')} given
        {gpu.temperature_celsius !== null && `, ${Math.round(gpu.temperature_celsius)} °C`}
        {gpu.power_watts !== null && `, ${Math.round(gpu.power_watts)} W`}
      </span>
      <DrainButton gpu={gpu} />
    </div>
  );
}
