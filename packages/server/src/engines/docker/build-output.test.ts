import { expect, it } from 'vitest';
import { BuildKitOutput, buildKitStep, classicStep } from './build-output.ts';

/** A length-delimited protobuf field. */
const field = (number: number, content: Buffer | string): Buffer => {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
};
const vertex = (...fields: Buffer[]) => field(1, Buffer.concat(fields));
const message = (...fields: Buffer[]) => Buffer.concat(fields).toString('base64');
const STARTED = field(5, '\x08\x01');
const COMPLETED = field(6, '\x08\x02');
const CACHED = Buffer.from([(4 << 3) | 0, 1]);

it('each step is named once, its output follows, and an error is said', () => {
  const output = new BuildKitOutput();
  const run = (base64: string) => [...output.take(base64)];
  const name = field(3, '[2/3] RUN make');
  expect(run(message(vertex(field(1, 'sha256:a'), name)))).toEqual([]);
  expect(run(message(vertex(field(1, 'sha256:a'), name, STARTED)))).toEqual([
    { text: '[2/3] RUN make\n', step: { number: 2, total: 3, text: 'RUN make' } },
  ]);
  expect(run(message(vertex(field(1, 'sha256:a'), name, STARTED), field(3, field(4, 'cc é'))))).toEqual([
    { text: 'cc é' },
  ]);
  expect(run(message(vertex(field(1, 'sha256:a'), name, STARTED, COMPLETED, field(7, 'exit code: 2'))))).toEqual([
    { text: 'ERROR: exit code: 2\n' },
  ]);
  expect(run(message(vertex(field(1, 'sha256:b'), field(3, 'x'), STARTED, COMPLETED, CACHED)))).toEqual([
    { text: 'x\n' },
    { text: 'CACHED\n' },
  ]);
});

it('bytes that are no message are an error, not an endless loop', () => {
  const output = new BuildKitOutput();
  expect(() => [...output.take(Buffer.from([0x0a, 0x7f, 1]).toString('base64'))]).toThrow('longer than its message');
  expect(() => [...output.take(Buffer.from([0x08, 0xff, 0xff]).toString('base64'))]).toThrow('does not end');
  expect(() => [...output.take(Buffer.from([0x0b]).toString('base64'))]).toThrow('wire type 3');
});

it.each([
  ['Step 3/9 : RUN make -j 2\n', { number: 3, total: 9, text: 'RUN make -j 2' }],
  ['Step by step\n', undefined],
])('%j of the classic builder', (text, step) => expect(classicStep(text)).toEqual(step));

it.each([
  ['[2/4] RUN make', { number: 2, total: 4, text: 'RUN make' }],
  ['[build 1/2] FROM gcc', { number: 1, total: 2, text: 'FROM gcc' }],
  ['[internal] load metadata', undefined],
])('%j of BuildKit', (name, step) => expect(buildKitStep(name)).toEqual(step));
