// What the lab's machines were used for: by person against the fair share, by day, and the hours that were allocated but idle.
import type { UsageLine } from '@dopq/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { api } from '../../api/client.ts';
import { useGpus, useUsers } from '../../api/queries.ts';
import { useLast, useSeries } from '../../api/series.ts';
import { Chart } from '../../parts/Chart.tsx';
import { Empty, Failure, Loading, PageHead } from '../../parts/page.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { saveCsv, Table } from '../../parts/Table.tsx';
import { places } from '../../words/gpu.ts';
import { usageColumns } from './columns.tsx';
import { HoursByPerson } from './HoursByPerson.tsx';

export const PERIODS = [
  ['1d', 'a day', 1],
  ['7d', 'a week', 7],
  ['30d', '30 days', 30],
  ['90d', '90 days', 90],
] as const;
const DAY_MS = 86_400_000;
/** A question that changes each second would never be answered from the cache. */
const ROUND_MS = 60_000;

type By = 'user' | 'day' | 'gpu';

function useUsage(by: By, days: number) {
  return useQuery({
    queryKey: ['usage', by, days],
    queryFn: () =>
      api.usage.report({
        by,
        from: new Date(Math.floor(Date.now() / ROUND_MS) * ROUND_MS - days * DAY_MS).toISOString(),
      }),
    refetchInterval: ROUND_MS,
    placeholderData: keepPreviousData,
  });
}

export function Reports() {
  const { period = '7d' } = useSearch({ from: '/reports' });
  const navigate = useNavigate({ from: '/reports' });
  const days = PERIODS.find(([key]) => key === period)?.[2] ?? 7;
  const people = useUsage('user', days);
  const daily = useUsage('day', days);
  const byGpu = useUsage('gpu', days);
  const { data: gpus = [] } = useGpus();
  const { data: users = [] } = useUsers();
  const gpuName = (uuid: string): string => places([uuid], gpus) || uuid.slice(0, 12);
  return (
    <>
      <PageHead title="Reports" note="what was used, by whom, and how well">
        <Segments
          name="How far back"
          options={PERIODS}
          value={period}
          onChange={(to) => void navigate({ search: { period: to }, replace: true })}
        />
      </PageHead>
      <div className="grid-2">
        <Allocation days={days} />
        <Waits lines={daily.data?.lines} />
      </div>
      {people.data && <HoursByPerson lines={people.data.lines} users={users} />}
      <Report title="By person" first="User" usage={people.data} error={people.error} nameOf={(key) => key} />
      <Report title="By day" first="Day (UTC)" usage={daily.data} error={daily.error} nameOf={(key) => key} />
      <Report title="By GPU" first="GPU" usage={byGpu.data} error={byGpu.error} nameOf={gpuName} />
    </>
  );
}

interface ReportProps {
  title: string;
  first: string;
  usage: { lines: UsageLine[]; total: UsageLine } | undefined;
  error: unknown;
  nameOf: (key: string) => string;
}

function Report({ title, first, usage, error, nameOf }: ReportProps) {
  const columns = usageColumns(first, nameOf);
  return (
    <section className="panel" aria-label={title}>
      <div className="bar">
        <h2>{title}</h2>
        <span className="gap" />
        <button
          type="button"
          className="btn"
          disabled={!usage}
          onClick={() => usage && saveCsv(`dopq-usage-${first.split(' ')[0]?.toLowerCase()}.csv`, columns, usage.lines)}
        >
          CSV
        </button>
      </div>
      {!usage ? error ? <Failure error={error} /> : <Loading /> : null}
      {usage && usage.lines.length === 0 && <Empty what="Nothing ran in that time." />}
      {usage && usage.lines.length > 0 && (
        <div className="scroll-x">
          <Table
            caption={title}
            columns={columns}
            rows={[...usage.lines, { ...usage.total, key: 'total' }]}
            keyOf={({ key }) => key}
            rowClass={({ key }) => (key === 'total' ? 'sum' : '')}
          />
        </div>
      )}
    </section>
  );
}

/** Allocation beside utilisation: what was given out and did nothing stands between the two lines. */
function Allocation({ days }: { days: number }) {
  const { data: gpus = [] } = useGpus();
  const machines = [...new Set(gpus.map(({ machine }) => machine))];
  const { data } = useSeries(
    machines.map((name) => `machine:${name}`),
    days * DAY_MS,
  );
  const [series] = data?.series ?? [];
  const range = useLast(days * DAY_MS);
  const total = series?.means['gpus'] ?? [];
  const part = (key: string): (number | null)[] =>
    (series?.means[key] ?? []).map((value, index) =>
      value === null || !total[index] ? null : (value / total[index]) * 100,
    );
  return (
    <section className="panel" aria-label="Allocated and used">
      <Chart
        title="GPUs"
        note="allocated, used, and allocated but idle"
        times={series?.times ?? []}
        range={range}
        max={100}
        height={150}
        format={(value) => `${Math.round(value)} %`}
        lines={[
          { name: 'used', values: series?.means['gpu_utilization_percent'] ?? [], fill: true },
          { name: 'allocated', values: part('gpus_allocated'), colour: 'ink-2', dash: true },
          { name: 'allocated, idle', values: part('gpus_idle'), colour: 'look' },
        ]}
      />
    </section>
  );
}

function Waits({ lines }: { lines: UsageLine[] | undefined }) {
  const sorted = (lines ?? []).toSorted((a, b) => a.key.localeCompare(b.key));
  const hours = (value: number | null): number | null => (value === null ? null : value / 3600);
  return (
    <section className="panel" aria-label="Waits">
      <Chart
        title="Waits"
        note="by day, P50 and P90"
        times={sorted.map(({ key }) => Date.parse(`${key}T12:00:00Z`) / 1000)}
        height={150}
        format={(value) => (value < 1 ? `${Math.round(value * 60)} min` : `${Number(value.toFixed(1))} h`)}
        lines={[
          { name: 'P50', values: sorted.map(({ wait_seconds_p50: value }) => hours(value)), fill: true },
          {
            name: 'P90',
            values: sorted.map(({ wait_seconds_p90: value }) => hours(value)),
            colour: 'ink-2',
            dash: true,
          },
        ]}
      />
    </section>
  );
}
