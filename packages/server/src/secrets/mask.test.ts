import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Mask, maskText } from './mask.ts';

const secrets = ['hunter2-hunter2', 'hunter2-hunter2-and-more', 'päßwörter'];

test('every secret is masked, the longer of two that begin alike', () => {
  expect(maskText('a=hunter2-hunter2-and-more b=hunter2-hunter2 c=päßwörter', secrets)).toBe('a=*** b=*** c=***');
});

test('wherever the chunks are cut, no secret gets through and nothing else is touched', async () => {
  const word = fc.constantFrom(
    'hunter2-',
    'hunter2-hunter2',
    'hunter2-hunter2-and-more',
    'päßwörter',
    'pä',
    'x\n',
    '-and',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 12 }), fc.array(fc.nat(9), { minLength: 1 }), async (words, cuts) => {
      const whole = Buffer.from(words.join(''));
      const chunks: Buffer[] = [];
      for (let at = 0, turn = 0; at < whole.length; turn++) {
        const size = (cuts[turn % cuts.length] ?? 0) + 1;
        chunks.push(whole.subarray(at, at + size));
        at += size;
      }
      const masked = await text(Readable.from(chunks).pipe(new Mask(secrets)));
      expect(masked).toBe(maskText(whole.toString(), secrets));
    }),
    { numRuns: 300 },
  );
});
