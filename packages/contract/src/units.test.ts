import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSize, parseDuration, parseSize } from './units.ts';

const GIB = 1024 ** 3;

describe('a size', () => {
  it.each([
    [32, 32 * GIB],
    ['32', 32 * GIB],
    ['32g', 32 * GIB],
    ['32G', 32 * GIB],
    ['32GB', 32 * GIB],
    ['32 GiB', 32 * GIB],
    [' 32g ', 32 * GIB],
    [0.5, GIB / 2],
    ['1.5g', 1.5 * GIB],
    ['512m', 512 * 1024 ** 2],
    ['64k', 65_536],
    ['1t', 1024 * GIB],
    ['100b', 100],
    ['0g', 0],
  ])('is read in GB unless it says otherwise: %j', (value, bytes) => {
    expect(parseSize(value, 'g')).toBe(bytes);
  });

  it('counts bytes where Docker does', () => {
    expect(parseSize(1024, 'b')).toBe(1024);
    expect(parseSize('1024', 'b')).toBe(1024);
    expect(parseSize('1g', 'b')).toBe(GIB);
  });

  it.each([
    '',
    'g',
    '-1g',
    '+1g',
    '1e3',
    '0x10',
    '1,5g',
    '1.g',
    '.5g',
    '1gg',
    '1 g b',
    '1p',
    '1\ng',
    NaN,
    Infinity,
    -1,
    true,
    null,
    {},
    ['1g'],
  ])('is not read from %j', (value) => {
    expect(parseSize(value, 'g')).toBeUndefined();
  });

  it('is written so that it reads back as the same number, where a unit divides it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (kib) => {
        expect(parseSize(formatSize(kib * 1024), 'g')).toBe(kib * 1024);
      }),
    );
  });

  it.each([
    [32 * GIB, '32g'],
    [1.5 * GIB, '1536m'],
    [GIB + 1, '1g'],
    [1_500_000_000, '1.4g'],
    [0, '0b'],
    [100, '100b'],
  ])('%d bytes are written %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});

describe('a duration', () => {
  it.each([
    [90, 90],
    [0.5, 0.5],
    ['90', 90],
    ['90s', 90],
    ['30m', 1800],
    ['90 min', 5400],
    ['2h', 7200],
    ['2H', 7200],
    ['1.5h', 5400],
    ['1d12h', 129_600],
    ['1d 12h 30m', 131_400],
    ['3 days', 259_200],
    // The forms of Slurm's --time, man page of sbatch.
    ['12:00:00', 43_200],
    ['1-00:00:00', 86_400],
    ['1-12', 129_600],
    ['1-12:30', 131_400],
    ['00:10:30', 630],
  ])('is read from %j', (value, seconds) => {
    expect(parseDuration(value)).toBe(seconds * 1000);
  });

  it.each([
    '',
    '10:30',
    '1:2:3',
    '1-',
    '-1',
    '1-12:60',
    '12:00:60',
    '2 h x',
    'h',
    '1w',
    '1e3s',
    '2h-',
    -1,
    NaN,
    Infinity,
    true,
    null,
    [],
    {},
  ])('is not read from %j', (value) => {
    expect(parseDuration(value)).toBeUndefined();
  });
});
