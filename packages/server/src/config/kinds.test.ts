import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endpoint, mounts, networkName } from './docker-kinds.ts';
import {
  boolean,
  bytes,
  bytesOrNone,
  choice,
  duration,
  formatBytes,
  fraction,
  gpuWeights,
  integer,
  integerOrNone,
  type Kind,
  optionalPath,
  path,
  program,
  suffixes,
  timeSpanOrNone,
  userNames,
} from './kinds.ts';

const here = { folder: '/etc/dopq', legacy: false };
const TB = 1024 ** 4;
const GB = 1024 ** 3;

describe('values that are read', () => {
  test.each<[string, Kind<unknown>, string, unknown]>([
    ['an absolute path', path, '/a/b/../c/', '/a/c'],
    ['a relative path, from the folder of config.ini', path, 'data', '/etc/dopq/data'],
    ['no path', optionalPath, '', null],
    ['a program on PATH', program, 'nvidia-smi', 'nvidia-smi'],
    ['a program by its path', program, './smi', '/etc/dopq/smi'],
    ['a boolean in any case', boolean, 'YES', true],
    ['a boolean as a digit', boolean, '0', false],
    ['an integer with a sign', integer(0, 9), '+5', 5],
    ['an integer with underscores, as in Python', integer(0, 10_000), '1_000', 1000],
    ['no limit on a number', integerOrNone(0, 9), 'none', null],
    ['a limit on a number', integerOrNone(0, 9), '4', 4],
    ['a length of time', timeSpanOrNone, '1d12h', 129_600_000],
    ['no limit on time', timeSpanOrNone, 'None', null],
    ['GPU weights', gpuWeights, 'A100=4, RTX 3090 = 1.5', { A100: 4, 'RTX 3090': 1.5 }],
    ['no GPU weights', gpuWeights, '', {}],
    ['a fraction', fraction, '.05', 0.05],
    ['a fraction with an exponent', fraction, '5e-2', 0.05],
    ['seconds', duration('seconds', 0, 60), '10', 10_000],
    ['half a second', duration('seconds', 0, 60), '0.5', 500],
    ['days', duration('days', 0, 60), '7', 604_800_000],
    ['gigabytes as in Docker', bytes(1, TB), '32g', 32 * GB],
    ['gigabytes in full', bytes(1, TB), '1.5 GiB', 1.5 * GB],
    ['a bare number of GB', bytes(1, TB), '20', 20 * GB],
    ['bytes', bytes(1, TB), '100b', 100],
    ['no limit', bytesOrNone(1, TB), 'None', null],
    ['a word of a list', choice('recency', 'fair-share'), 'Recency', 'recency'],
    ['endings with and without dots', suffixes, '.TAR, tar.gz,tar', ['tar', 'tar.gz']],
    ['users', userNames, ' ana, Bob ,,ana', ['ana', 'Bob']],
    ['users over several lines', userNames, 'ana,\nbob\ncarla', ['ana', 'bob', 'carla']],
    ['no users', userNames, '', []],
    [
      "1.0's mounts",
      mounts,
      '/m:/imgdir:ro, m:/outdir',
      [
        { source: '/m', target: '/imgdir', readOnly: true },
        { source: '/etc/dopq/m', target: '/outdir', readOnly: false },
      ],
    ],
    ['no mounts', mounts, '', []],
    ['a socket', endpoint, 'unix:///run/docker.sock', 'unix:///run/docker.sock'],
    ['a port', endpoint, 'tcp://127.0.0.1:2375/', 'tcp://127.0.0.1:2375'],
    ['a network', networkName, 'dopq-2', 'dopq-2'],
  ])('%s', (_title, kind, text, value) => {
    expect(kind.parse(text, here)).toEqual({ ok: true, value });
  });
});

describe('values that break their rule', () => {
  test.each<[string, Kind<unknown>, string]>([
    ['an empty path', path, ''],
    ['a home folder', path, '~/data'],
    ['a variable', path, '$HOME/data'],
    ['an empty program', program, ''],
    ['another word', boolean, 'maybe'],
    ['an empty boolean', boolean, ''],
    ['a float for an integer', integer(0, 9), '5.0'],
    ['an integer above its range', integer(0, 9), '10'],
    ['an integer below its range', integer(1, 9), '0'],
    ['a word that is no limit', integerOrNone(0, 9), 'no'],
    ['a length of time of nothing', timeSpanOrNone, '0'],
    ['a length of time in words', timeSpanOrNone, 'long'],
    ['a GPU without a weight', gpuWeights, 'A100'],
    ['a GPU that weighs nothing', gpuWeights, 'A100=0'],
    ['a weight without a GPU', gpuWeights, '=2'],
    ['a percentage', fraction, '5%'],
    ['more than a whole', fraction, '1.01'],
    ['not a number', fraction, 'nan'],
    ['seconds with a unit', duration('seconds', 0, 60), '10s'],
    ['too many seconds', duration('seconds', 0, 60), '61'],
    ['an unknown unit', bytes(1, TB), '3x'],
    ['a negative size', bytes(1, TB), '-1g'],
    ['a size above its range', bytes(1, TB), '2t'],
    ['a word not in the list', choice('recency', 'fair-share'), 'random'],
    ['no ending', suffixes, ' ,'],
    ['a glob', suffixes, '*.tar'],
    ['a user who climbs out of a folder', userNames, 'ana,../root'],
    ['a mount without a target', mounts, '/a'],
    ['a mount with another mode', mounts, '/a:/b:rx'],
    ['a mount at a relative target', mounts, '/a:b'],
    ['a mount over the root', mounts, '/a:/b/..'],
    ['a mount over /proc', mounts, '/a:/proc/x'],
    ['a target twice', mounts, '/a:/x,/b:/x/'],
    ['a bare path as endpoint', endpoint, '/var/run/docker.sock'],
    ['an endpoint without a port', endpoint, 'tcp://host'],
    ["the host's network", networkName, 'Host'],
  ])('%s', (_title, kind, text) => {
    expect(kind.parse(text, here).ok).toBe(false);
  });

  test('a mistyped word names the one that was meant', () => {
    expect(boolean.parse('flase', here)).toMatchObject({ ok: false, nearest: 'false' });
    expect(choice('recency', 'fair-share').parse('fairshare', here)).toMatchObject({ nearest: 'fair-share' });
    expect(choice('recency', 'fair-share').parse('lottery', here)).toMatchObject({ nearest: undefined });
  });

  test("a name DoPQ cannot use is left out of a 1.0 file's users, with a notice", () => {
    const parsed = userNames.parse('ana,Bob Smith', { ...here, legacy: true });
    expect(parsed).toMatchObject({ ok: true, value: ['ana'], notices: [expect.stringContaining('Bob Smith')] });
  });
});

test('a size is shown as a text that is read as the same size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (size) => {
      expect(bytes(1, Number.MAX_SAFE_INTEGER).parse(formatBytes(size), here)).toEqual({ ok: true, value: size });
    }),
  );
  expect(formatBytes(32 * GB)).toBe('32g');
});
