import { expect, test } from 'vitest';
import { keyName } from './terminal.ts';

test.each([
  ['a', { name: 'a', sequence: 'a' }, 'a'],
  ['G', { name: 'g', shift: true, sequence: 'G' }, 'G'],
  ['\r', { name: 'return', sequence: '\r' }, 'enter'],
  [undefined, { name: 'up', sequence: '\x1b[A' }, 'up'],
  ['\x03', { name: 'c', ctrl: true, sequence: '\x03' }, 'ctrl-c'],
  [' ', { name: 'space', sequence: ' ' }, 'space'],
  ['?', { sequence: '?' }, '?'],
  ['ü', { sequence: 'ü' }, 'ü'],
  [undefined, { name: 'f5', sequence: '\x1b[15~' }, undefined],
])('what was typed as %j with %j is the key %s', (text, key, name) => {
  expect(keyName(text, key)).toBe(name);
});
