import { describe, expect, it } from 'vitest';
import { parseGpus, parseProcesses } from './nvidia-output.ts';

const UUID = 'GPU-e4252fcb-8ed4-ef11-71cd-d36a23871c75';
const MIB = 1024 ** 2;

describe('the list of GPUs', () => {
  it('reads every value with its unit', () => {
    expect(parseGpus(`0, ${UUID}, 550.54.15, 16376, 13, 7, 39, 81.25, NVIDIA GeForce RTX 4080 SUPER\n`)).toEqual({
      ok: true,
      value: {
        driverVersion: '550.54.15',
        gpus: [
          {
            uuid: UUID,
            index: 0,
            name: 'NVIDIA GeForce RTX 4080 SUPER',
            memoryBytes: 16376 * MIB,
            memoryUsedBytes: 13 * MIB,
            utilizationPercent: 7,
            temperatureCelsius: 39,
            powerWatts: 81.25,
            processes: [],
          },
        ],
      },
    });
  });

  it.each(['[N/A]', 'N/A', '[Not Supported]', '[Insufficient Permissions]', '[Unknown Error]', '[GPU is lost]'])(
    'leaves out values that are not told as %s',
    (untold) => {
      const cells = Array.from({ length: 5 }, () => untold).join(', ');
      expect(parseGpus(`3, ${UUID}, ${untold}, ${cells}, ${untold}`)).toEqual({
        ok: true,
        value: { driverVersion: undefined, gpus: [{ uuid: UUID, index: 3, name: 'unknown GPU', processes: [] }] },
      });
    },
  );

  it('reads Windows line ends, and names with commas', () => {
    const parsed = parseGpus(`0, ${UUID}, 1, 1, 1, 1, 1, 1, A, B\r\n1, ${UUID}2, 1, 1, 1, 1, 1, 1, C\r\n`);
    expect(parsed.ok && parsed.value.gpus.map(({ name }) => name)).toEqual(['A, B', 'C']);
  });

  it.each([
    ['nothing', '', 'nothing was printed'],
    ['blank lines', '\n \n', 'nothing was printed'],
    ['words', 'Segmentation fault', '1 cells instead of 9'],
    ['a cut line', `0, ${UUID}, 550.54.15, 163`, '4 cells instead of 9'],
    ['no UUID', '0, 0000:01:00.0, 1, 1, 1, 1, 1, 1, A', 'no UUID'],
    ['an index that is none', `x, ${UUID}, 1, 1, 1, 1, 1, 1, A`, '"x" is not a whole number'],
    ['a value with its unit', `0, ${UUID}, 1, 1 MiB, 1, 1, 1, 1, A`, '"1 MiB" is not a number'],
    ['a negative value', `0, ${UUID}, 1, 1, -5, 1, 1, 1, A`, '"-5" is not a number'],
    ['one UUID twice', `0, ${UUID}, 1, 1, 1, 1, 1, 1, A\n1, ${UUID}, 1, 1, 1, 1, 1, 1, A`, 'a UUID appears twice'],
    ['binary', '\0\u0001\u0002,,,,,,,,,,,,', 'no UUID'],
  ])('says what is wrong with %s', (_what, output, problem) => {
    expect(parseGpus(output)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });
});

describe('the list of processes', () => {
  it('groups by GPU and keeps commas in names', () => {
    const parsed = parseProcesses(
      `${UUID}, 72210, 41502, /opt/my env/python, -c, x\n${UUID}, 72211, [N/A], [Not Found]\nGPU-b, 5, 1, a\n`,
    );
    expect(parsed.ok && [...parsed.value]).toEqual([
      [
        UUID,
        [
          { pid: 72210, name: '/opt/my env/python, -c, x', memoryBytes: 41502 * MIB },
          { pid: 72211, name: '[Not Found]' },
        ],
      ],
      ['GPU-b', [{ pid: 5, name: 'a', memoryBytes: MIB }]],
    ]);
  });

  it('is empty where nothing is printed: no process uses a GPU', () => {
    expect(parseProcesses('\n')).toEqual({ ok: true, value: new Map() });
  });

  it('leaves out a process whose pid is not told', () => {
    expect(parseProcesses(`${UUID}, [N/A], 1, a`)).toEqual({ ok: true, value: new Map() });
  });

  it('refuses what it cannot read', () => {
    expect(parseProcesses('Unknown Error')).toMatchObject({ ok: false });
    expect(parseProcesses(`${UUID}, 12x, 1, a`)).toMatchObject({ ok: false });
  });
});
