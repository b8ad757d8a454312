// What a finished job asked for against what it used, one line each.
import type { Efficiency } from '@dopq/contract';
import { formatBytes, formatDuration } from './format.ts';

export function efficiencyLines({
  ran_seconds: ran,
  time_limit_seconds: limit,
  memory,
  cpus,
  gpus,
}: Efficiency): string[] {
  const percent = (part: number): string => `${Math.round(part * 100)} %`;
  const unknown = 'not measured';
  const line = (what: string, asked: string, used: string): string => `${what.padEnd(11)}${asked.padEnd(14)}${used}`;
  const of = (used: number, asked: number): string => (asked > 0 ? ` (${percent(used / asked)})` : '');
  const memoryUsed =
    memory.used_bytes === null
      ? unknown
      : `${formatBytes(memory.used_bytes)} at most${of(memory.used_bytes, memory.asked_bytes)}`;
  const lines = [
    line('', 'asked', 'used'),
    line(
      'time',
      limit === null ? 'no limit' : formatDuration(limit * 1000),
      `${formatDuration(ran * 1000)}${limit === null ? '' : of(ran, limit)}`,
    ),
    line('memory', formatBytes(memory.asked_bytes), memoryUsed),
    line(
      'CPUs',
      String(cpus.asked),
      cpus.used === null ? unknown : `${cpus.used.toFixed(1)} on average${of(cpus.used, cpus.asked)}`,
    ),
  ];
  if (gpus.asked === 0) return lines;
  const work =
    gpus.utilization === null
      ? unknown
      : `${percent(gpus.utilization)} busy on average, idle in ${percent(gpus.idle ?? 0)} of the time`;
  lines.push(line('GPUs', String(gpus.asked), work));
  if (gpus.memory_used_bytes !== null) {
    const asked = gpus.memory_asked_bytes;
    lines.push(
      line(
        'GPU memory',
        asked === null ? '-' : formatBytes(asked),
        `${formatBytes(gpus.memory_used_bytes)} at most${of(gpus.memory_used_bytes, asked ?? 0)}, of each GPU`,
      ),
    );
  }
  return lines;
}

export function gainLines({ gains }: Efficiency): string[] {
  return gains.map(({ text, earlier_seconds: earlier }) => {
    if (earlier === null) return `${text}: enough`;
    const gain =
      earlier < 1
        ? 'it would have started no earlier'
        : `it would have started ${formatDuration(earlier * 1000)} earlier`;
    return `${text}: ${gain}`;
  });
}
