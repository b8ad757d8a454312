import { expect, test } from 'vitest';
import { anyJob } from './any-world.ts';
import { type Effect, press, START, type TopState, visibleJobs } from './state.ts';

const jobs = [
  anyJob(7),
  anyJob(3, { state: 'queued', reason: '2 GPUs, 1 free' }),
  anyJob(9, { user: 'bob', state: 'held' }),
];
const SIGHT = { jobs, pageRows: 10, listRows: 10 };

/** Presses keys one after the other. @returns the state after them and what was asked for */
function type(keys: string[], from: TopState = START): { state: TopState; effects: Effect[] } {
  const effects: Effect[] = [];
  let state = from;
  for (const key of keys) {
    const pressed = press(state, key, SIGHT);
    state = pressed.state;
    if (pressed.effect) effects.push(pressed.effect);
  }
  return { state, effects };
}

test.each<[string[], Effect]>([
  [['q'], { kind: 'quit' }],
  [['ctrl-c'], { kind: 'quit' }],
  [['/', 'ctrl-c'], { kind: 'quit' }],
  [['ctrl-z'], { kind: 'suspend' }],
  [['?'], { kind: 'help' }],
  [['l'], { kind: 'logs', id: 7 }],
  [['down', 'e'], { kind: 'explain', id: 3 }],
  [['G', 'enter'], { kind: 'show', id: 9 }],
  [['j', 'j', 'j', 'k', 's'], { kind: 'show', id: 3 }],
  [['c', 'y'], { kind: 'cancel', ids: [7] }],
  [['space', 'space', 'd', 'Y'], { kind: 'cancel', ids: [3, 7] }],
  [['end', 'H', 'y'], { kind: 'hold', ids: [9] }],
  [['end', 'R', 'y'], { kind: 'release', ids: [9] }],
])('the keys %j ask for %j', (keys, effect) => {
  expect(type(keys).effects).toEqual([effect]);
});

test.each(['n', 'q', 'enter', 'escape', 'space'])('after c, the key %s cancels nothing and says so', (key) => {
  const { state, effects } = type(['c', key]);
  expect(effects).toEqual([]);
  expect(state).toMatchObject({ asked: undefined, note: 'Nothing was done.' });
});

test('letters typed behind / are the filter and no commands', () => {
  const { state, effects } = type(['/', 'q', 'c', 'backspace', 'space', 'l', 'enter']);
  expect({ effects, filter: state.filter, typing: state.typing }).toEqual({
    effects: [],
    filter: 'q l',
    typing: false,
  });
  expect(type(['escape'], state).state.filter).toBe('');
});

test.each([
  ['', [7, 3, 9]],
  ['bob', [9]],
  ['QUEUED', [3]],
  ['gpus 1', [3]],
  ['#9', [9]],
  ['nothing', []],
])('the filter "%s" leaves %j', (filter, ids) => {
  expect(visibleJobs(jobs, { ...START, filter }, undefined).map(({ id }) => id)).toEqual(ids);
});

test('m shows the jobs of whoever asks, and none where that is not known', () => {
  const { state } = type(['m']);
  expect(visibleJobs(jobs, state, 'bob').map(({ id }) => id)).toEqual([9]);
  expect(visibleJobs(jobs, state, undefined)).toEqual([]);
});

test('a page stays at its end until it is scrolled up, and Esc closes it', () => {
  const page = { title: 'log', lines: Array.from({ length: 100 }, (_, index) => `${index}`), top: 'end' as const };
  const open = { ...START, page };
  expect(type(['up'], open).state.page?.top).toBe(89);
  expect(type(['up', 'down'], open).state.page?.top).toBe('end');
  expect(type(['g'], open).state.page?.top).toBe(0);
  expect(type(['g', 'pagedown'], open).state.page?.top).toBe(9);
  expect(type(['escape'], open).state.page).toBeUndefined();
});
