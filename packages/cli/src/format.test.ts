import { expect, test } from 'vitest';
import { elapsedMs, formatBytes, formatDuration, formatTime } from './format.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [20 * 1024 ** 3, '20 GiB'],
  [123_456_789, '118 MiB'],
  [2 ** 60, '1024 PiB'],
])('%i bytes are shown as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [-5, '0s'],
  [59_999, '59s'],
  [60_000, '1m00s'],
  [187_000, '3m07s'],
  [7_500_000, '2h05m'],
  [273_600_000, '3d04h'],
])('%i ms are shown as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

test('a time is shown in the zone of the reader', () => {
  expect(formatTime(new Date(2031, 4, 4, 3, 2, 9).toISOString())).toBe('2031-05-04 03:02:09');
});

test('elapsed time ends with its end, or goes on until now, or has not begun', () => {
  const start = '2031-05-04T12:00:00.000Z';
  expect(elapsedMs(start, '2031-05-04T12:00:03.000Z', 0)).toBe(3000);
  expect(elapsedMs(start, null, Date.parse(start) + 5)).toBe(5);
  expect(elapsedMs(null, null, 5)).toBeUndefined();
});
