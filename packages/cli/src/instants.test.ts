import { expect, test } from 'vitest';
import { parseFuture, parseLength, parsePast } from './instants.ts';

/** Noon here, whatever the time zone. */
const NOON = new Date(2031, 4, 4, 12).getTime();
const here = (...parts: [number, number, number, number]) => new Date(...parts).toISOString();

test.each([
  ['7d', new Date(NOON - 7 * 86_400_000).toISOString()],
  ['2w', new Date(NOON - 14 * 86_400_000).toISOString()],
  ['90m', new Date(NOON - 90 * 60_000).toISOString()],
  ['2031-05-01', here(2031, 4, 1, 0)],
  ['2031-05-01T10:00:00Z', '2031-05-01T10:00:00.000Z'],
])('"%s" in the past is %s', (text, instant) => {
  expect(parsePast(text, NOON)).toBe(instant);
});

test.each([
  ['2h', new Date(NOON + 2 * 3_600_000).toISOString()],
  ['18:00', here(2031, 4, 4, 18)],
  ['8:00', here(2031, 4, 5, 8)],
  ['2031-06-01T10:00:00Z', '2031-06-01T10:00:00.000Z'],
])('"%s" to come is %s', (text, instant) => {
  expect(parseFuture(text, NOON)).toBe(instant);
});

test.each(['soon', '2031-13-45', ''])('"%s" is refused', (text) => {
  expect(() => parsePast(text, NOON)).toThrow('no time');
});

test.each([
  ['90m', 5400],
  ['26w', 26 * 7 * 86_400],
])('"%s" is %i seconds', (text, seconds) => {
  expect(parseLength(text)).toBe(seconds);
});

test.each(['', '0', 'long', '10:30'])('"%s" is no length of time', (text) => {
  expect(() => parseLength(text)).toThrow('no length of time');
});
