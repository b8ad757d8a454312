import type { Gpu } from '@dopq/contract';
import { expect, test } from 'vitest';
import { browserWords } from './browser.ts';
import { count, fileSize, gigabytes, inUse, memory, penalty, plural, tenths } from './amounts.ts';
import { modelWords, places, shortModel, shortUuid } from './gpu.ts';
import { clock, duration, rangeEnd, shortDuration } from './time.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

test.each([
  [0, '0 s'],
  [20 * SECOND, '20 s'],
  [59_800, '59 s'],
  [47 * MINUTE, '47 min'],
  [9 * HOUR + 41 * MINUTE, '9 h 41'],
  [62 * MINUTE, '1 h 02'],
  [12 * 24 * HOUR + 4.5 * HOUR, '12 d 4 h'],
  [-5, '0 s'],
])('%i ms are %s', (ms, words) => expect(duration(ms)).toBe(words));

test.each([
  [800, '0.8 s'],
  [3 * MINUTE + 41 * SECOND, '3 min 41'],
  [28 * SECOND, '28 s'],
  [2 * HOUR, '2 h 00'],
])('a step of %i ms took %s', (ms, words) => expect(shortDuration(ms)).toBe(words));

test('a time is short today, has its day on another day and its year in another year', () => {
  const now = new Date(2026, 10, 26, 14, 32).getTime();
  expect(clock(new Date(2026, 10, 26, 9, 5, 7).getTime(), now)).toBe('09:05');
  expect(clock(new Date(2026, 10, 26, 9, 5, 7).getTime(), now, { seconds: true })).toBe('09:05:07');
  expect(clock(new Date(2026, 10, 12, 10, 18).getTime(), now)).toBe('12 Nov 10:18');
  expect(clock(new Date(2025, 0, 2, 10, 18).getTime(), now)).toBe('2 Jan 2025');
});

test('the end of a range says its day only if that is another one', () => {
  const now = new Date(2026, 10, 26, 23, 0).getTime();
  expect(rangeEnd(now, now + 30 * MINUTE, now)).toBe('23:30');
  expect(rangeEnd(now, now + 2 * HOUR, now)).toBe('27 Nov 01:00');
});

test('numbers part their thousands, and one is one', () => {
  expect([count(999), count(12_345), plural(1, 'job'), plural(14, 'job')]).toEqual([
    '999',
    '12\u2009345',
    '1 job',
    '14 jobs',
  ]);
  expect([tenths(0.04), tenths(999.96), tenths(1218.34)]).toEqual(['0.0', '1\u2009000.0', '1\u2009218.3']);
  expect([gigabytes(71.2 * 2 ** 30), gigabytes(80 * 2 ** 30, 0), gigabytes(512 * 2 ** 30)]).toEqual([
    '71.2',
    '80',
    '512',
  ]);
  expect([fileSize(999), fileSize(340e6), fileSize(1.24e9)]).toEqual(['999 B', '324 MiB', '1.15 GiB']);
});

test('memory has the unit that suits it', () =>
  expect([memory(0), memory(100 * 2 ** 20), memory(2 ** 30), memory(71.2 * 2 ** 30)]).toEqual([
    '0 B',
    '100 MiB',
    '1 GiB',
    '71.2 GiB',
  ]));

test('memory in use has one decimal', () =>
  expect([inUse(9.02 * 2 ** 30), inUse(36 * 2 ** 30), inUse(700 * 2 ** 20)]).toEqual([
    '9.0 GiB',
    '36.0 GiB',
    '700 MiB',
  ]));

test.each([
  [0, 'fair-share', '0.00'],
  [1.234, 'fair-share', '1.23'],
  [0.0042, 'fair-share', '0.0042'],
  [0.000_003_1, 'fair-share', '3.1e-6'],
  [0.0042, 'recency', '0.0042'],
  [0.000_31, 'recency', '0.00031'],
])('a penalty of %d under %s reads %s', (value, policy, words) => expect(penalty(value, policy)).toBe(words));

test.each([
  ['NVIDIA A100-SXM4-80GB', 'A100'],
  ['NVIDIA GeForce RTX 4090', 'RTX 4090'],
  ['NVIDIA H100 80GB HBM3', 'H100'],
  ['Tesla V100-PCIE-32GB', 'V100'],
  ['Simulated RTX 3090', 'RTX 3090'],
  ['NVIDIA', 'NVIDIA'],
])('people call %s %s', (name, words) => expect(shortModel(name)).toBe(words));

test('a card says model, memory and four digits of the UUID', () => {
  expect(modelWords({ name: 'NVIDIA A100-SXM4-80GB', memory_bytes: 81_920 * 2 ** 20 })).toBe('A100 80 GB');
  expect(shortUuid('GPU-3f2a91c7-0000-1111-2222-333344445555')).toBe('3f2a');
});

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox 140 on Linux'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0',
    'Edge 141 on Windows',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
    'Safari 18 on iOS',
  ],
  ['curl/8.5.0', 'curl/8.5.0'],
  ['', ''],
])('a session of %s is of %s', (userAgent, words) => expect(browserWords(userAgent)).toBe(words));

test('where a job runs is said by GPU, or counted where there are too many to read', () => {
  const gpus = [3, 0, 2].map((index) => ({ uuid: `GPU-${index}`, index, machine: 'atlas' }) as Gpu);
  const uuids = gpus.map(({ uuid }) => uuid);
  expect(places(uuids, gpus)).toBe('atlas 0, 2, 3');
  expect(places(uuids, gpus, 2)).toBe('atlas × 3');
  expect(places([], gpus)).toBe('');
});
