// The list of `dopq top`: what runs, what waits in serving order, what has finished.
import type { Gpu, Job } from '@dopq/contract';
import { styleText } from 'node:util';
import { etaWords, timeWords } from '../job-columns.ts';
import { runningWords } from '../job-words.ts';
import { stateSymbol } from '../states.ts';
import { cleanLine } from '../terminal-text.ts';
import { displayWidth, fit } from '../text-width.ts';
import { row, rule } from './paint.ts';
import { selectedIndex, type TopState } from './state.ts';

type Line = { kind: 'head'; text: string } | { kind: 'job'; job: Job };

/** @param rows lines it has; it fills them all */
export function jobPanel(
  jobs: readonly Job[],
  gpus: readonly Gpu[],
  state: TopState,
  width: number,
  rows: number,
): string[] {
  const widths = widthsOf(jobs, width);
  const lines = linesOf(jobs, width);
  const selected = jobs[selectedIndex(state, jobs)];
  const at = Math.max(
    0,
    lines.findIndex((line) => line.kind === 'job' && line.job === selected),
  );
  // The bar stays in the middle, the list moves; at both ends the bar moves.
  const top = Math.max(0, Math.min(at - Math.floor(rows / 2), lines.length - rows));
  return lines.slice(top, top + rows).map((line) => {
    if (line.kind === 'head') return line.text;
    const text = jobLine(line.job, gpus, widths, state.tagged.has(line.job.id));
    // One look for the whole bar: colours in it would end it.
    return line.job === selected ? styleText('inverse', fit(plain(text), width)) : text;
  });
}

// oxlint-disable-next-line no-control-regex
const plain = (text: string): string => text.replaceAll(/\x1b\[[0-9;]*m/g, '');

export function headLine(jobs: readonly Job[], width: number): string {
  const { id, name, user, eta, reason } = widthsOf(jobs, width);
  const cells = [
    { text: '', width: 1 },
    { text: 'JOB', width: id, align: 'right' as const },
    { text: '', width: 1 },
    { text: 'NAME', width: name },
    { text: 'USER', width: user },
    { text: 'GPUS', width: 4, align: 'right' as const },
    { text: 'TIME', width: 6, align: 'right' as const },
    { text: 'STARTS IN', width: eta, align: 'right' as const },
    { text: 'REASON', width: reason },
  ];
  return styleText('dim', row(cells));
}

function linesOf(jobs: readonly Job[], width: number): Line[] {
  const sections: [string, Job[]][] = [
    ['Running', jobs.filter(isRunning)],
    ['Waiting', jobs.filter(isWaiting)],
    ['Finished', jobs.filter(({ state }) => state === 'finished')],
  ];
  return sections.flatMap(([title, found]) =>
    found.length === 0
      ? []
      : [
          { kind: 'head' as const, text: rule(title, String(found.length), width) },
          ...found.map((job) => ({ kind: 'job' as const, job })),
        ],
  );
}

export const isRunning = ({ state }: Job): boolean => state === 'running' || state === 'starting';
/** Whatever it waits for: a check, a build, GPUs, somebody's release. */
export const isWaiting = (job: Job): boolean => job.state !== 'finished' && !isRunning(job);

interface Widths {
  id: number;
  name: number;
  user: number;
  eta: number;
  reason: number;
}

/** The reason gets what the others leave; names give way first. */
function widthsOf(jobs: readonly Job[], width: number): Widths {
  const longest = (words: string[], least: number, most: number): number =>
    Math.max(least, Math.min(most, Math.max(0, ...words.map(displayWidth))));
  const id = longest(
    jobs.map((job) => `#${job.id}`),
    4,
    9,
  );
  const user = longest(
    jobs.map((job) => cleanLine(job.user)),
    4,
    width >= 100 ? 14 : 8,
  );
  const eta = longest(jobs.map(etaWords), 9, 15);
  const name = longest(
    jobs.map((job) => cleanLine(job.name)),
    4,
    Math.max(8, Math.floor(width / 5)),
  );
  const others = 1 + id + 1 + name + user + 4 + 6 + eta + 8;
  return { id, name, user, eta, reason: Math.max(0, width - others) };
}

function jobLine(job: Job, gpus: readonly Gpu[], { id, name, user, eta, reason }: Widths, isTagged: boolean): string {
  const { symbol, colour, word } = stateSymbol(job);
  return row([
    { text: isTagged ? '*' : '', width: 1, colour: 'bold' },
    { text: `#${job.id}`, width: id, align: 'right' },
    { text: symbol, width: 1, colour },
    { text: cleanLine(job.name), width: name },
    { text: cleanLine(job.user), width: user },
    { text: job.num_gpus === null ? '-' : String(job.num_gpus), width: 4, align: 'right' },
    { text: timeWords(job), width: 6, align: 'right' },
    { text: isRunning(job) ? '' : etaWords(job), width: eta, align: 'right' },
    { text: cleanLine(reasonWords(job, word, gpus)), width: reason },
  ]);
}

function reasonWords(job: Job, word: string, gpus: readonly Gpu[]): string {
  if (job.reason !== null) return job.reason;
  return isRunning(job) ? runningWords(job, gpus, Date.now()) : word;
}
