import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

const never = new AbortController().signal;

/** Work that ends when it is told to, in the order it was begun. */
function gates() {
  const begun: { name: string; end: () => void }[] = [];
  const work = (name: string) => () => new Promise<void>((end) => void begun.push({ name, end }));
  return { begun, work };
}

const settled = () => new Promise((resolve) => void setImmediate(resolve));

test('twenty pieces of one user delay another by at most the one that runs', async () => {
  const turns = new Turns(1);
  const { begun, work } = gates();
  for (let index = 0; index < 20; index++) void turns.run('alice', never, work(`alice ${index}`));
  void turns.run('bob', never, work('bob'));
  for (let ended = 0; ended < 3; ended++) {
    await settled();
    begun[ended]?.end();
  }
  expect(begun.map(({ name }) => name)).toEqual(['alice 0', 'bob', 'alice 1']);
});

test('never more than the bound run, lines are served in turn, and all of it is done', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 }),
      async (parallel, lines) => {
        const turns = new Turns(parallel);
        const { begun, work } = gates();
        const done = lines.map((line) => turns.run(line, never, work(line)));
        for (let ended = 0; ended < lines.length; ended++) {
          await settled();
          expect(begun.length - ended).toBe(Math.min(parallel, lines.length - ended));
          begun[ended]?.end();
        }
        await Promise.all(done);
        expect(turns.running).toBe(0);
        expect(begun.map(({ name }) => name).sort()).toEqual([...lines].sort());
      },
    ),
    { numRuns: 50 },
  );
});

test('who is cancelled while waiting leaves the line and takes no place', async () => {
  const turns = new Turns(1);
  const { begun, work } = gates();
  const abort = new AbortController();
  void turns.run('a', never, work('first'));
  const cancelled = turns.run('b', abort.signal, work('cancelled'));
  void turns.run('c', never, work('last'));
  abort.abort(new Error('withdrawn'));
  await expect(cancelled).rejects.toThrow('withdrawn');
  begun[0]?.end();
  await settled();
  expect(begun.map(({ name }) => name)).toEqual(['first', 'last']);
  await expect(turns.run('d', abort.signal, work('too late'))).rejects.toThrow('withdrawn');
});

test('work that fails gives its place back', async () => {
  const turns = new Turns(1);
  await expect(turns.run('a', never, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await expect(turns.run('a', never, () => Promise.resolve('fine'))).resolves.toBe('fine');
});
