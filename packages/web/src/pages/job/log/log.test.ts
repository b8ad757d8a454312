import { expect, test } from 'vitest';
import { buildLook } from './build-look.ts';
import { plainText, runsOf } from './ansi.ts';
import { findInLog } from './find-in-log.ts';
import { LogSource, parseLines, type ReadPart } from './log-source.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each([
  ['plain', [['plain', '']]],
  [
    '\u001b[32mok\u001b[0m done',
    [
      ['ok', 'fg2'],
      [' done', ''],
    ],
  ],
  [
    '\u001b[1;91mbad\u001b[22m still\u001b[39m',
    [
      ['bad', 'fg9 bold'],
      [' still', 'fg9'],
    ],
  ],
  [
    '\u001b[38;5;196mx\u001b[38;2;1;2;3my',
    [
      ['x', ''],
      ['y', ''],
    ],
  ],
  ['10 %\r50 %\r100 %', [['100 %', '']]],
  ['done\r', [['done', '']]],
  [
    '\u001b]8;;http://x\u0007link\u001b]8;;\u0007 \u001b[2Kerased',
    [
      ['link', ''],
      [' ', ''],
      ['erased', ''],
    ],
  ],
  ['bell\u0007 and \u009bcsi', [['bell and csi', '']]],
  ['<img src=x onerror=alert(1)>', [['<img src=x onerror=alert(1)>', '']]],
])('terminal text %j is shown as %j', (line, runs) => {
  expect(runsOf(line).map(({ text, look }) => [text, look])).toEqual(runs);
  expect(plainText(line)).toBe(runs.map(([text]) => text).join(''));
});

test('lines know their byte, and parts of lines at the edges wait', () => {
  const bytes = bytesOf('end of one\nzwölf\nthree\nhalf');
  expect(parseLines(bytes, 100, { whole: false, last: false, times: false })).toEqual({
    lines: [
      { at: 111, time: undefined, text: 'zwölf' },
      { at: 118, time: undefined, text: 'three' },
    ],
    from: 111,
    to: 124,
  });
  expect(parseLines(bytes, 100, { whole: true, last: true, times: false }).lines.map(({ text }) => text)).toEqual([
    'end of one',
    'zwölf',
    'three',
    'half',
  ]);
});

test('the time before a line is taken off it', () => {
  const { lines } = parseLines(bytesOf('2026-11-26T14:31:12.123456789Z step 1\nno time here\n'), 0, {
    whole: true,
    last: false,
    times: true,
  });
  expect(lines.map(({ time, text }) => [time, text])).toEqual([
    ['2026-11-26T14:31:12.123456789Z', 'step 1'],
    [undefined, 'no time here'],
  ]);
});

/** A file of numbered lines, read as the server would. */
function file(lines: number, width: number): { read: ReadPart; grow: (text: string) => void; asked: () => number } {
  let bytes = bytesOf(Array.from({ length: lines }, (_, index) => `${index}`.padEnd(width - 1, '.')).join('\n') + '\n');
  let asked = 0;
  return {
    read: async (from, to) => {
      const part = bytes.subarray(from, to);
      asked += part.length;
      return { bytes: part, size: bytes.length };
    },
    grow: (text) => {
      bytes = bytesOf(new TextDecoder().decode(bytes) + text);
    },
    asked: () => asked,
  };
}

test('a short log is there as a whole, with numbers, and grows', async () => {
  const { read, grow } = file(3, 10);
  const source = new LogSource(read, false);
  await source.openEnd();
  expect(source.state()).toMatchObject({ firstNumber: 1, isAtStart: true, isAtEnd: true });
  grow('new\nhalf');
  await source.later(false);
  expect(
    source
      .state()
      .lines.map(({ text }) => text)
      .slice(3),
  ).toEqual(['new']);
  await source.later(true);
  expect(
    source
      .state()
      .lines.map(({ text }) => text)
      .slice(3),
  ).toEqual(['new', 'half']);
});

test('a line that has not ended yet is waited for, and is a line once the log is complete', async () => {
  const { read, grow } = file(3, 10);
  grow('epoch 1: 40 %');
  const source = new LogSource(read, false);
  const last = () => source.state().lines.at(-1)?.text;
  await source.openEnd();
  expect([last(), source.state().isAtEnd]).toEqual(['2........', true]);
  grow('\repoch 1: done');
  await source.later(true);
  expect([last(), source.state().isAtEnd]).toEqual(['epoch 1: 40 %\repoch 1: done', true]);
});

test('a line longer than what is read at once is shown in pieces, from either end, and nothing of it is lost', async () => {
  const { read, grow } = file(1, 10);
  grow(`${'x'.repeat(5_000_000)}\nend\n`);
  const textOf = (source: LogSource): string =>
    source
      .state()
      .lines.map(({ text }) => text)
      .join('');
  const source = new LogSource(read, false);
  await source.openStart();
  while (!source.state().isAtEnd) await source.later(false);
  expect(textOf(source)).toBe(`0........${'x'.repeat(5_000_000)}end`);
  await source.openEnd();
  while (!source.state().isAtStart) await source.earlier();
  expect(textOf(source).replace(/^0\.+/, '').replace(/end$/, '')).toMatch(/^x+$/);
  expect(textOf(source).length).toBeGreaterThan(4_900_000);
});

test('of a long log only the end is read, and earlier lines when somebody scrolls there', async () => {
  const { read, asked } = file(400_000, 100);
  const source = new LogSource(read, false);
  await source.openEnd();
  expect(asked()).toBeLessThan(600_000);
  expect(source.state()).toMatchObject({ firstNumber: undefined, isAtStart: false, isAtEnd: true });
  const [before] = source.state().lines;
  const added = await source.earlier();
  expect(added).toBeGreaterThan(5000);
  expect(source.state().lines[added]).toEqual(before);
});

test('whoever walks through a long log never holds more than a window of it, and no line is lost or doubled', async () => {
  const { read } = file(400_000, 100);
  const source = new LogSource(read, false);
  await source.openStart();
  let last = -1;
  while (!source.state().isAtEnd) {
    await source.later(false);
    const { lines } = source.state();
    expect(lines.length).toBeLessThan(140_000);
    const numbers = [lines[0], lines.at(-1)].map((line) => Number.parseInt(line?.text ?? '', 10));
    expect((numbers[1] ?? 0) - (numbers[0] ?? 0)).toBe(lines.length - 1);
    expect(numbers[1]).toBeGreaterThan(last);
    last = numbers[1] ?? 0;
    expect(source.state().firstNumber).toBe((numbers[0] ?? 0) + 1);
  }
  expect(last).toBe(399_999);
});

test('a link leads to the lines around its byte', async () => {
  const { read } = file(400_000, 100);
  const source = new LogSource(read, false);
  await source.openAt(20_000_000);
  expect(source.state().lines.some(({ at }) => at === 20_000_000)).toBe(true);
});

test('finding tells the byte of each line that has it, whatever the chunks', async () => {
  const text = 'zwölf Loss\nnothing\n\u001b[31mlo\u001b[0mss here\nend loss';
  const whole = bytesOf(text);
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < whole.length; at += 7) controller.enqueue(whole.slice(at, at + 7));
      controller.close();
    },
  });
  let found: { places: number[]; count: number; isOver: boolean } | undefined;
  await findInLog(body, 'loss', false, (now) => {
    found = { ...now, places: [...now.places] };
  });
  const starts = [0, 2, 3].map(
    (index) =>
      bytesOf(
        text
          .split('\n')
          .slice(0, index)
          .map((line) => `${line}\n`)
          .join(''),
      ).length,
  );
  expect(found).toEqual({ places: starts, count: 3, isOver: true });
});

test('what is found does not depend on where the parts of a log end, nor on what else is in its lines', async () => {
  const lines = [
    'löss',
    'nothing',
    '\u001b[1mlo\u001b[0mss over colours',
    'x'.repeat(300),
    'gone\rloss',
    'LOSS',
    'last loss',
  ];
  const bytes = bytesOf(lines.join('\n'));
  const starts = lines.map(
    (_, index) =>
      bytesOf(
        lines
          .slice(0, index)
          .map((line) => `${line}\n`)
          .join(''),
      ).length,
  );
  for (const size of [1, 7, 64, bytes.length]) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    let found: unknown;
    await findInLog(body, 'loss', false, (now) => (found = { ...now, places: [...now.places] }));
    expect(found).toEqual({ places: [2, 4, 5, 6].map((index) => starts[index]), count: 4, isOver: true });
  }
});

test.each([
  ['Step 3/9 : RUN make -j 2', 'step'],
  ['[2/4] RUN make', 'step'],
  ['[stage-1 2/4] COPY . .', 'step'],
  ['#7 [3/5] RUN pip install torch', 'step'],
  [' ---> Using cache', 'reused'],
  ['CACHED', 'reused'],
  ['#7 CACHED', 'reused'],
  [' ---> 3f2a91c70000', 'aside'],
  ['#7 DONE 12.1s', 'aside'],
  ['ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 2', 'failed'],
  ["The command '/bin/sh -c make' returned a non-zero code: 2", 'failed'],
  ['Step by step', ''],
  ['Successfully built torch', ''],
  ['[INFO] 2/4 done', ''],
])('the line %s of a build is %s', (line, look) => expect(buildLook(line)).toBe(look));
