// What simulations were like, side by side, and for each user.
import type { SimulationReport } from '@dopq/scheduler';
import { formatDuration } from './format.ts';
import { type Column, orDash, print, printTable } from './output.ts';

/** One simulation, or the record itself. */
export type Row = {
  policy: string;
  backfill: string | null;
  runtimes: string | null;
  /** Jobs that started in record and replay, and how many of them in the recorded order. */
  recorded_order?: { jobs: number; in_order: number };
} & SimulationReport;

const seconds = (value: number): string => formatDuration(value * 1000);

const COLUMNS: Column<Row>[] = [
  { head: 'POLICY', elastic: true, cell: (row) => orDash(row.policy) },
  { head: 'BACKFILL', elastic: true, cell: (row) => orDash(row.backfill) },
  { head: 'JOBS', align: 'right', cell: (row) => String(row.jobs) },
  { head: 'WAIT', align: 'right', cell: (row) => seconds(row.mean_wait_s) },
  { head: 'P50', align: 'right', cell: (row) => seconds(row.p50_wait_s) },
  { head: 'P95', align: 'right', cell: (row) => seconds(row.p95_wait_s) },
  { head: 'SLOWDOWN', align: 'right', cell: (row) => row.mean_bounded_slowdown.toFixed(2) },
  { head: 'IN USE', align: 'right', cell: (row) => `${(row.utilization * 100).toFixed(1)} %` },
  { head: 'FAIRNESS', align: 'right', cell: (row) => row.jain_fairness.toFixed(3) },
];

export async function printComparison(rows: Row[]): Promise<void> {
  await printTable(COLUMNS, rows);
}

/** A line per user, with the mean waits under each policy: who gains, who pays. */
export async function printPerUser(rows: readonly Row[]): Promise<void> {
  const [first] = rows;
  const names = [...new Set(rows.flatMap(({ users }) => users.map(({ user }) => user)))].sort();
  const of = (row: Row | undefined, user: string) => row?.users.find((one) => one.user === user);
  const columns: Column<string>[] = [
    { head: 'USER', elastic: true, cell: (user) => orDash(user) },
    { head: 'JOBS', align: 'right', cell: (user) => String(of(first, user)?.jobs ?? 0) },
    { head: 'GPU HOURS', align: 'right', cell: (user) => (of(first, user)?.resource_hours ?? 0).toFixed(1) },
    ...rows.map((row): Column<string> => {
      const head = [row.policy, row.backfill].filter((part) => part !== null).join('/');
      return {
        head: `WAIT ${head}`,
        align: 'right',
        cell: (user) => {
          const own = of(row, user);
          return own ? seconds(own.mean_wait_s) : '-';
        },
      };
    }),
  ];
  print('');
  await printTable(columns, names);
}
