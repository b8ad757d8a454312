// A state is shown as symbol and word; colour only underlines what they say already.
import { styleText } from 'node:util';
import type { Job, JobState, Outcome } from '@dopq/contract';

type Colour = Parameters<typeof styleText>[0];

const LOOK: Record<Exclude<JobState, 'finished'> | Outcome, { symbol: string; colour: Colour }> = {
  receiving: { symbol: '↓', colour: 'gray' },
  checking: { symbol: '◌', colour: 'gray' },
  building: { symbol: '◍', colour: 'cyan' },
  queued: { symbol: '○', colour: 'yellow' },
  held: { symbol: '‖', colour: 'magenta' },
  starting: { symbol: '▷', colour: 'cyan' },
  running: { symbol: '▶', colour: 'cyan' },
  succeeded: { symbol: '✔', colour: 'green' },
  failed: { symbol: '✖', colour: 'red' },
  out_of_memory: { symbol: '✖', colour: 'red' },
  timed_out: { symbol: '✖', colour: 'red' },
  cancelled: { symbol: '⊘', colour: 'gray' },
  rejected: { symbol: '✖', colour: 'red' },
  build_failed: { symbol: '✖', colour: 'red' },
  start_failed: { symbol: '✖', colour: 'red' },
  interrupted: { symbol: '!', colour: 'magenta' },
  lost: { symbol: '!', colour: 'magenta' },
};

/** `▶` with its colour, where there is no room for the word. */
export function stateSymbol(job: Pick<Job, 'state' | 'outcome'>): { symbol: string; colour: Colour; word: string } {
  const word = wordOf(job);
  return { ...LOOK[word], word };
}

/** `▶ running`, `✖ failed`. */
export function stateCell(job: Pick<Job, 'state' | 'outcome'>): string {
  const word = wordOf(job);
  const { symbol, colour } = LOOK[word];
  return styleText(colour, `${symbol} ${word}`);
}

function wordOf({ state, outcome }: Pick<Job, 'state' | 'outcome'>): Exclude<JobState, 'finished'> | Outcome {
  // The store keeps `finished` and its outcome together.
  return state === 'finished' ? (outcome ?? 'lost') : state;
}
