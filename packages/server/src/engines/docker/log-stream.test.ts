import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Demultiplexer } from './log-stream.ts';

const frame = (stream: 1 | 2, payload: Buffer): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
};

it('frames come out whole and in order, however the bytes are cut', () => {
  const frames = fc.array(fc.tuple(fc.constantFrom(1 as const, 2 as const), fc.string({ maxLength: 20 })));
  fc.assert(
    fc.property(frames, fc.array(fc.nat({ max: 15 })), (sent, cuts) => {
      let bytes = Buffer.concat(sent.map(([stream, text]) => frame(stream, Buffer.from(text))));
      const demultiplexer = new Demultiplexer();
      const got = { stdout: '', stderr: '', both: '' };
      const pieces: Buffer[] = [];
      for (const cut of cuts) {
        pieces.push(bytes.subarray(0, cut));
        bytes = bytes.subarray(cut);
      }
      for (const piece of [...pieces, bytes]) {
        for (const { stream, payload } of demultiplexer.take(piece)) {
          got[stream] += payload.toString('latin1');
          got.both += payload.toString('latin1');
        }
      }
      const latin = (of: typeof sent) => of.map(([, text]) => Buffer.from(text).toString('latin1')).join('');
      expect(got).toEqual({
        stdout: latin(sent.filter(([stream]) => stream === 1)),
        stderr: latin(sent.filter(([stream]) => stream === 2)),
        both: latin(sent),
      });
    }),
  );
});
