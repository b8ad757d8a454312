import type { UsageLine } from '@dopq/contract';
import type { Column } from '../../parts/Table.tsx';
import { count, tenths } from '../../words/amounts.ts';
import { duration } from '../../words/time.ts';

const wait = (seconds: number | null): React.ReactNode =>
  seconds === null ? <span className="m3">–</span> : duration(seconds * 1000);

export function usageColumns(first: string, nameOf: (key: string) => string): Column<UsageLine>[] {
  const number = (
    name: string,
    value: (line: UsageLine) => number | null,
    show: (line: UsageLine) => React.ReactNode = value,
  ): Column<UsageLine> => ({ name, right: true, show, value });
  return [
    {
      name: first,
      width: 14,
      show: ({ key }) => <b>{key === 'total' ? 'Total' : nameOf(key)}</b>,
      value: ({ key }) => key,
    },
    number(
      'Jobs',
      ({ jobs }) => jobs,
      ({ jobs }) => count(jobs),
    ),
    number(
      'GPU h',
      ({ gpu_hours: hours }) => hours,
      ({ gpu_hours: hours }) => tenths(hours),
    ),
    number(
      'CPU h',
      ({ cpu_hours: hours }) => hours,
      ({ cpu_hours: hours }) => tenths(hours),
    ),
    number(
      'Wait P50',
      (line) => line.wait_seconds_p50,
      (line) => wait(line.wait_seconds_p50),
    ),
    number(
      'Wait P90',
      (line) => line.wait_seconds_p90,
      (line) => wait(line.wait_seconds_p90),
    ),
    number('Succeeded', ({ succeeded }) => succeeded),
    number('Failed', ({ failed }) => failed),
    number('Cancelled', ({ cancelled }) => cancelled),
    number('Interrupted', ({ interrupted }) => interrupted),
    number(
      'GPU use',
      (line) => line.gpu_utilization_percent,
      ({ gpu_utilization_percent: use }) => (use === null ? '–' : `${Math.round(use)} %`),
    ),
    number(
      'Idle GPU h',
      (line) => line.gpu_idle_hours,
      ({ gpu_idle_hours: idle }) => (idle === null ? '–' : tenths(idle)),
    ),
  ];
}
