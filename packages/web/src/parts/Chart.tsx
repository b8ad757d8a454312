// A line over time, drawn by uPlot in the page's own colours; charts of one group share their crosshair.
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTheme } from '../shell/theme.ts';
import { clock, dayWords } from '../words/time.ts';

export interface Line {
  name: string;
  values: (number | null)[];
  /** A token of tokens.css; default `work`. */
  colour?: string;
  dash?: boolean;
  fill?: boolean;
}

export interface ChartProps {
  title: string;
  note?: string;
  /** Unix time, seconds. */
  times: number[];
  lines: Line[];
  /** Top of the scale, unless values pass it; without one it follows the values. */
  max?: number;
  format: (value: number) => string;
  /** Charts with the same key move their crosshairs together. */
  group?: string;
  marks?: { at: number; word: string }[];
  /** Unix time, seconds; without one the times say it. */
  range?: [from: number, to: number];
  height?: number;
}

export function Chart({ title, note, times, lines, max, format, group, marks, range, height = 96 }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [at, setAt] = useState<number | null>(null);
  const theme = useTheme();
  const shape = JSON.stringify([
    lines.map(({ name, colour, dash, fill }) => [name, colour, dash, fill]),
    max,
    group,
    theme,
    height,
    marks,
    range,
  ]);
  useEffect(() => {
    const element = host.current;
    if (!element) return undefined;
    const make = (): void => {
      plot.current?.destroy();
      plot.current = new uPlot(
        optionsOf(element, { lines, max, group, marks, range, height, format }, setAt),
        [times, ...lines.map(({ values }) => values)],
        element,
      );
    };
    make();
    const resize = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    return () => {
      scheme.removeEventListener('change', make);
      resize.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
    // A chart is made anew when its shape changes; new values go the short way below.
  }, [shape]);
  useEffect(() => plot.current?.setData([times, ...lines.map(({ values }) => values)]), [times, lines]);
  const [first] = lines;
  const last = first?.values.findLast((value) => value !== null) ?? null;
  const pointed = at === null ? null : (first?.values[at] ?? null);
  return (
    <figure className="chart">
      <figcaption className="h">
        <b>{title}</b>
        {note && <span>{note}</span>}
        <span className="at">
          {at !== null &&
            times[at] !== undefined &&
            `${clock(times[at] * 1000, Date.now())}  ${pointed === null ? 'not measured' : format(pointed)}`}
        </span>
        <em>{last === null ? '–' : format(last)}</em>
      </figcaption>
      <div
        ref={host}
        className="plot"
        role="img"
        aria-label={`${title}${note ? ` ${note}` : ''}: ${sentence(times, first?.values ?? [], format)}`}
      />
      {last === null && <p className="plot-empty">Nothing was measured in this time.</p>}
      {lines.length > 1 && (
        <ul className="keys">
          {lines.map(({ name, colour = 'work', dash }) => (
            <li key={name}>
              <i className={dash ? 'dash' : ''} style={{ color: `var(--${colour})` }} />
              {name}
            </li>
          ))}
        </ul>
      )}
    </figure>
  );
}

function sentence(times: number[], values: (number | null)[], format: (value: number) => string): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return 'nothing measured yet';
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return `${times.length} values, mean ${format(mean)}, highest ${format(Math.max(...known))}, last ${format(known.at(-1) ?? 0)}`;
}

type Shape = Pick<ChartProps, 'lines' | 'format'> & {
  max: number | undefined;
  group: string | undefined;
  marks: ChartProps['marks'] | undefined;
  range: ChartProps['range'];
  height: number;
};

function optionsOf(
  element: HTMLElement,
  { lines, max, group, marks = [], range, height, format }: Shape,
  onPoint: (index: number | null) => void,
): uPlot.Options {
  const colour = (token: string): string => resolve(element, `var(--${token})`);
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const font = `${0.625 * rem}px Inter, system-ui, sans-serif`;
  const axis = { stroke: colour('ink-3'), font, ticks: { show: false }, grid: { stroke: colour('line'), width: 1 } };
  return {
    width: element.clientWidth,
    height,
    padding: [marks.length > 0 ? MARK_WORDS_PX : 8, 16, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 7 },
      ...(group !== undefined && { sync: { key: group, setSeries: false } }),
      drag: { x: false, y: false },
    },
    scales: {
      x: { time: true, ...(range && { range: () => range }) },
      y: { range: (_plot, _low, high) => [0, topOf(max, high)] },
    },
    axes: [
      {
        ...axis,
        space: 70,
        incrs: TICKS_S,
        grid: { show: false },
        size: 18,
        gap: 3,
        // At the left edge they would run into the scale's.
        values: (plot, splits, _axis, _space, step) =>
          splits.map((s) => (plot.valToPos(s, 'x') < EDGE_PX ? '' : tickWord(s, step))),
      },
      {
        ...axis,
        size: 44,
        gap: 4,
        splits: (_plot, _axis, low, high) => [low, (low + high) / 2, high],
        values: (_plot, splits) => splits.map((value) => format(value)),
      },
    ],
    series: [
      {},
      ...lines.map(({ colour: token = 'work', dash, fill }) => ({
        stroke: colour(token),
        width: 1.5,
        points: {
          show: false,
          size: 4,
          fill: colour(token),
          filter: (plot: uPlot, index: number) => alone(plot.data[index]),
        },
        ...(dash && { dash: [4, 3] }),
        ...(fill && { fill: faded(colour(token)) }),
      })),
    ],
    hooks: {
      setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)],
      draw: [(plot) => drawMarks(plot, marks, colour('line-strong'), colour('ink-3'), font)],
    },
  };
}

const EDGE_PX = 14;

/** What has no neighbour is part of no line: it is a point. */
const alone = (values: ArrayLike<unknown> = []): number[] =>
  Array.from(values, (value, index) => index).filter(
    (index) => values[index] != null && values[index - 1] == null && values[index + 1] == null,
  );

/** Their words stand above the curve. */
const MARK_WORDS_PX = 16;

function tickWord(seconds: number, stepSeconds: number): string {
  const time = new Date(seconds * 1000);
  if (stepSeconds >= 86_400) return dayWords(seconds * 1000);
  return `${String(time.getHours()).padStart(2, '0')}:${String(time.getMinutes()).padStart(2, '0')}`;
}

function drawMarks(plot: uPlot, marks: { at: number; word: string }[], line: string, ink: string, font: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.setLineDash([2 * devicePixelRatio, 2 * devicePixelRatio]);
  ctx.strokeStyle = line;
  ctx.fillStyle = ink;
  ctx.font = font;
  for (const { at, word } of marks) {
    const x = plot.valToPos(at, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top - 10 * devicePixelRatio);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    // Words near the right edge stand on the left of their mark.
    const isRight = x > bbox.left + 0.8 * bbox.width;
    ctx.textAlign = isRight ? 'right' : 'left';
    ctx.fillText(word, x + (isRight ? -3 : 3) * devicePixelRatio, bbox.top - 3 * devicePixelRatio);
  }
  ctx.restore();
}

/** A canvas knows no `light-dark()`: what the page makes of a token, as a colour. */
function resolve(element: HTMLElement, value: string): string {
  const probe = document.createElement('i');
  probe.style.color = value;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** No curve leaves its chart: what is used may pass what was asked for. */
const topOf = (max: number | undefined, high: number): number =>
  max !== undefined && high <= max ? max : Math.max(1e-9, high * 1.1);

/** Seconds between two times below a chart. */
const TICKS_S = [60, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600];

const faded = (colour: string): string => colour.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.13)');
