// The whole screen as lines, from state and world; nothing here knows a terminal.
import { styleText } from 'node:util';
import type { Job, Status } from '@dopq/contract';
import { formatBytes } from '../format.ts';
import { cleanLine } from '../terminal-text.ts';
import { displayWidth, fit, wrap } from '../text-width.ts';
import { gpuFacts, gpuPanel } from './gpu-panel.ts';
import { headLine, isRunning, isWaiting, jobPanel } from './job-panel.ts';
import { bar, MUCH, paint, rule } from './paint.ts';
import type { Page, TopState, World } from './state.ts';

export interface Size {
  columns: number;
  rows: number;
}

export interface Frame {
  lines: string[];
  /** Lines that the list or the page had. */
  bodyRows: number;
}

/** Below this nothing can be read. */
const LEAST = { columns: 40, rows: 10 };

/** @param problem why the world is not as it is now; undefined = it is */
export function drawTop(
  world: World | undefined,
  jobs: readonly Job[],
  state: TopState,
  size: Size,
  problem: string | undefined,
): Frame {
  const { columns, rows } = size;
  if (columns < LEAST.columns || rows < LEAST.rows) {
    return {
      lines: [`dopq top needs ${LEAST.columns}x${LEAST.rows}, this is ${columns}x${rows}; q quits`],
      bodyRows: 1,
    };
  }
  if (state.page) return drawPage(state.page, size);
  const foot = footer(state, columns, problem);
  if (!world) return { lines: padded(['', '  asking the server …'], rows - 1, [foot]), bodyRows: 1 };
  const head = [titleLine(world, columns), hostLine(world.status, columns)];
  const gpus = [rule('GPUs', gpuFacts(world.gpus), columns)].concat(
    gpuPanel(world.gpus, columns, Math.max(2, Math.floor(rows * 0.4))),
  );
  const bodyRows = Math.max(1, rows - head.length - gpus.length - 2);
  const body =
    jobs.length === 0 ? ['', `  ${emptyWords(world, state)}`] : jobPanel(jobs, world.gpus, state, columns, bodyRows);
  const lines = padded([...head, ...gpus, headLine(jobs, columns), ...body], rows - 1, [foot]);
  return { lines: lines.map((line) => clipped(line, columns)), bodyRows };
}

/** A page's lines as they are shown, broken to the width. */
export function pageLines(page: Page, columns: number): string[] {
  return page.lines.flatMap((line) => wrap(line, columns));
}

function drawPage(page: Page, { columns, rows }: Size): Frame {
  const bodyRows = rows - 2;
  const lines = pageLines(page, columns);
  const last = Math.max(0, lines.length - bodyRows);
  const top = page.top === 'end' ? last : Math.min(page.top, last);
  const place = lines.length <= bodyRows ? 'all' : top >= last ? 'end' : `${Math.round((top / last) * 100)} %`;
  const title = styleText('bold', fit(page.title, columns));
  const foot = styleText('dim', fit(`q back  ↑↓ PgUp PgDn g G scroll  ${place}`, columns));
  return { lines: padded([title, ...lines.slice(top, top + bodyRows)], rows - 1, [foot]), bodyRows };
}

function titleLine({ status, jobs }: World, columns: number): string {
  const { queue, engine, provider, share } = status;
  const held = jobs.filter(({ state }) => state === 'held').length;
  const counts = [
    `${jobs.filter(isRunning).length} running`,
    `${jobs.filter(isWaiting).length} waiting${held > 0 ? `, ${held} of them held` : ''}`,
  ];
  const stopped = queue.locked ? [paint('yellow', '‖ locked')] : [];
  const sick = [
    ...(engine.state === 'running' ? [] : [`engine ${engine.state}`]),
    ...(provider.state === 'running' ? [] : [`provider ${provider.state}`]),
    ...(share.state === 'ok' ? [] : [`share ${share.state}`]),
  ].map((words) => paint('red', `✖ ${cleanLine(words)}`));
  const left = `${styleText('bold', 'DoPQ')}  ${[...counts, ...stopped, ...sick].join('  ')}`;
  const right = `${queue.policy}  ${new Date().toTimeString().slice(0, 8)}`;
  const gap = columns - displayWidth(left) - displayWidth(right);
  return gap < 1 ? left : left + ' '.repeat(gap) + right;
}

function hostLine({ host, disk }: Status, columns: number): string {
  const width = columns >= 100 ? 14 : 8;
  const cpu =
    host.cpu_percent === null
      ? 'CPU -'
      : `CPU ${bar(host.cpu_percent / 100, width, MUCH.load)} ${Math.round(host.cpu_percent)}%`;
  const memory = `memory ${bar(host.memory_used_bytes / host.memory_bytes, width, MUCH.memory)} ${formatBytes(host.memory_used_bytes)} of ${formatBytes(host.memory_bytes)}`;
  const least = disk.toSorted((a, b) => a.free_bytes - b.free_bytes)[0];
  const room =
    least === undefined
      ? ''
      : paint(
          least.message === null ? undefined : 'red',
          `disk ${formatBytes(least.free_bytes)} free${least.message === null ? '' : ' ✖ low'}`,
        );
  return [cpu, memory, room].filter((part) => part !== '').join('  ');
}

function emptyWords(world: World, state: TopState): string {
  if (state.filter !== '') return `No job has "${cleanLine(state.filter)}". Esc shows all.`;
  if (state.mineOnly) return 'You have no job here. m shows those of everyone.';
  return world.status.queue.locked
    ? 'Nothing runs or waits, and the queue is locked.'
    : 'Nothing runs or waits. Submit something with `dopq submit FOLDER`; a shows finished jobs.';
}

const ACT_WORDS = { cancel: 'Cancel', hold: 'Hold', release: 'Release' } as const;

function footer(state: TopState, columns: number, problem: string | undefined): string {
  if (state.typing) return `/${cleanLine(state.filter)}▏  Enter keeps it, Esc shows all`;
  if (state.asked) {
    const { act, ids } = state.asked;
    const which = ids.length === 1 ? `#${ids[0]}` : `${ids.length} jobs (${ids.map((id) => `#${id}`).join(' ')})`;
    return styleText(['bold', 'yellow'], fit(`${ACT_WORDS[act]} ${which}? y yes, any other key no`, columns));
  }
  if (problem !== undefined) return styleText('red', fit(`✖ ${cleanLine(problem)}`, columns));
  if (state.note !== '') return fit(cleanLine(state.note), columns);
  const marks = [
    ...(state.filter === '' ? [] : [`/${cleanLine(state.filter)}`]),
    ...(state.mineOnly ? ['mine'] : []),
    ...(state.tagged.size > 0 ? [`${state.tagged.size} tagged`] : []),
  ];
  const keys = 'l logs  e explain  s show  c cancel  / filter  a all  m mine  ? help  q quit';
  return styleText('dim', fit(marks.length === 0 ? keys : `[${marks.join(' ')}]  ${keys}`, columns));
}

function padded(lines: string[], rows: number, end: string[]): string[] {
  const shown = lines.slice(0, rows);
  return [...shown, ...Array.from({ length: rows - shown.length }, () => ''), ...end];
}

const clipped = (line: string, columns: number): string => (displayWidth(line) > columns ? fit(line, columns) : line);

export const HELP_LINES = [
  'Keys',
  '',
  '  ↑ ↓ k j          move the bar; PgUp PgDn, g and G as in less',
  '  Space            tag a job; c, H and R then mean all tagged ones',
  '  l                its log, as it is written',
  '  e                why it waits, and what would start it sooner',
  '  s, Enter         everything about it',
  '  c, d             cancel, after a question',
  '  H, R             hold and release, after a question',
  '  /                only jobs with these words in name, user, state, reason',
  '  m                only mine, and everyone again',
  '  a                finished jobs too',
  '  r                ask the server now; it tells by itself when something changes',
  '  Esc              take filter and tags away',
  '  ? h              this page',
  '  q, Ctrl-C        quit; Ctrl-Z suspends, Ctrl-L draws anew',
  '',
  'Signs of jobs',
  '',
  '  ▶ running   ▷ starting   ○ queued   ‖ held   ◍ building',
  '  ◌ checking  ↓ receiving',
  '  ✔ succeeded   ✖ failed   ⊘ cancelled   ! ended by machine or engine',
  '',
  'Signs of GPUs',
  '',
  '  ○ free   ▶ busy   ◐ shared   ! used outside DoPQ   ‖ drained',
  '  ? not read lately   ✖ sick',
  '',
  'STARTS IN: half of such jobs start by the first time, nine of ten by the second.',
];
