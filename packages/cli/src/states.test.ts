import { stripVTControlCharacters } from 'node:util';
import { JOB_STATES, OUTCOMES } from '@dopq/contract';
import { expect, test } from 'vitest';
import { stateCell } from './states.ts';

test('every state and outcome is a symbol and its word, also without colour', () => {
  const cells = [
    ...JOB_STATES.filter((state) => state !== 'finished').map((state) => [state, stateCell({ state, outcome: null })]),
    ...OUTCOMES.map((outcome) => [outcome, stateCell({ state: 'finished', outcome })]),
  ];
  for (const [word, cell] of cells) expect(stripVTControlCharacters(cell ?? '')).toMatch(new RegExp(`^\\S ${word}$`));
});
