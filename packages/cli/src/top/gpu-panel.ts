// The GPUs with who is on them: a line each while there is room, else several to a line.
import type { Gpu } from '@dopq/contract';
import { formatBytes } from '../format.ts';
import { GPU_SYMBOLS } from '../gpu-symbols.ts';
import { cleanLine } from '../terminal-text.ts';
import { bar, type Colour, MUCH, paint, row } from './paint.ts';

const COLOURS: Record<Gpu['state'], Colour> = {
  free: 'green',
  busy: 'cyan',
  shared: 'cyan',
  outside: 'magenta',
  drained: 'gray',
  stale: 'yellow',
  error: 'red',
};

/** @param rows the most lines it may take */
export function gpuPanel(gpus: readonly Gpu[], width: number, rows: number): string[] {
  if (gpus.length === 0) return ['   none; `dopq status` says what is known about them'];
  if (gpus.length <= rows) return gpus.map((gpu) => gpuLine(gpu, width));
  const columns = Math.max(1, Math.floor(width / 26));
  const lines: string[] = [];
  for (let at = 0; at < gpus.length; at += columns) {
    lines.push(
      gpus
        .slice(at, at + columns)
        .map((gpu) => gpuCell(gpu, Math.floor(width / columns) - 1))
        .join(' '),
    );
  }
  if (lines.length <= rows) return lines;
  const left = gpus.length - (rows - 1) * columns;
  return [...lines.slice(0, rows - 1), `   and ${left} more; \`dopq gpus\` shows them all`];
}

function gpuLine(gpu: Gpu, width: number): string {
  const load = gpu.utilization_percent;
  const { memory_used_bytes: used, memory_bytes: total } = gpu;
  const isNarrow = width < 70;
  const isWide = width >= 110;
  const start = row([
    { text: String(gpu.index), width: 3, align: 'right' },
    { text: cleanLine(gpu.name).replace(/^NVIDIA /, ''), width: isNarrow ? 12 : isWide ? 26 : 17 },
    { text: `${GPU_SYMBOLS[gpu.state]} ${gpu.state}`, width: 9, colour: COLOURS[gpu.state] },
  ]);
  const meters = [
    ...(isNarrow ? [] : [load === null ? ' '.repeat(6) : bar(load / 100, 6, MUCH.load)]),
    row([{ text: load === null ? '-' : `${Math.round(load)}%`, width: 4, align: 'right' }]),
    ...(isNarrow || used === null || !total ? [] : [bar(used / total, 6, MUCH.memory)]),
    row([{ text: memoryWords(used, total, isWide), width: isWide ? 14 : 8, align: 'right' }]),
    row([{ text: gpu.temperature_celsius === null ? '-' : `${gpu.temperature_celsius}°C`, width: 5, align: 'right' }]),
  ].join(' ');
  return `${start} ${meters}  ${cleanLine(whoWords(gpu))}`;
}

function gpuCell(gpu: Gpu, width: number): string {
  const load = gpu.utilization_percent === null ? '-' : `${Math.round(gpu.utilization_percent)}%`;
  return row([
    { text: String(gpu.index), width: 3, align: 'right' },
    { text: GPU_SYMBOLS[gpu.state], width: 1, colour: COLOURS[gpu.state] },
    { text: load, width: 4, align: 'right' },
    { text: cleanLine(whoWords(gpu)) || gpu.state, width: Math.max(4, width - 11) },
  ]);
}

/** `19.9 G`, and where there is room `19.9 G of 40 G`. */
function memoryWords(used: number | null, total: number | null, isWide: boolean): string {
  const short = (bytes: number) => formatBytes(bytes).replace(/iB$/, '');
  if (used === null) return total === null ? '-' : short(total);
  return isWide && total !== null ? `${short(used)} of ${short(total)}` : short(used);
}

function whoWords({ jobs, reason }: Gpu): string {
  return [...jobs.map(({ id, user }) => `#${id} ${user}`), ...(reason === null ? [] : [reason])].join(', ');
}

/** `2 of 4 free`, for the rule above. */
export function gpuFacts(gpus: readonly Gpu[]): string {
  if (gpus.length === 0) return '';
  const sick = gpus.filter(({ state }) => state === 'error' || state === 'stale').length;
  const free = gpus.filter(({ state }) => state === 'free').length;
  return `${free} of ${gpus.length} free${sick === 0 ? '' : paint('red', `, ${sick} ✖ not well`)}`;
}
