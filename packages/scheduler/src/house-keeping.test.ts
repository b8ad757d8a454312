import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseRemovals, type Kept } from './house-keeping.ts';

const kept = (id: string, bytes: number, lastUsedAt: number, isNeeded = false): Kept => ({
  id,
  bytes,
  lastUsedAt,
  isNeeded,
});
const NONE = { maxBytes: null, maxAgeMs: null };
const ids = (removed: Kept[]) => removed.map(({ id }) => id);

describe('what is removed', () => {
  it('is nothing without limits', () => {
    expect(chooseRemovals([kept('a', 10, 0)], NONE, 1e15)).toEqual([]);
  });

  it('is what was not used for too long', () => {
    const things = [kept('old', 1, 0), kept('edge', 1, 500), kept('new', 1, 501)];
    expect(ids(chooseRemovals(things, { maxBytes: null, maxAgeMs: 500 }, 1000))).toEqual(['old']);
  });

  it('is the least recently used until the rest fits', () => {
    const things = [kept('second', 10, 2), kept('third', 10, 3), kept('first', 10, 1)];
    expect(ids(chooseRemovals(things, { maxBytes: 10, maxAgeMs: null }, 9))).toEqual(['first', 'second']);
  });

  it('is never what a job needs, however old and large', () => {
    const things = [kept('needed', 100, 0, true), kept('small', 1, 1)];
    expect(ids(chooseRemovals(things, { maxBytes: 10, maxAgeMs: 1 }, 1e6))).toEqual(['small']);
  });

  it('gives back what a full disk is short of, without what gives nothing back', () => {
    const things = [kept('all shared', 0, 0), kept('a', 5, 1), kept('b', 5, 2), kept('c', 5, 3)];
    expect(ids(chooseRemovals(things, { ...NONE, shortageBytes: 7 }, 9))).toEqual(['a', 'b']);
  });
});

const anyKept = fc.array(
  fc.record({ id: fc.uuid(), bytes: fc.nat(1000), lastUsedAt: fc.nat(1000), isNeeded: fc.boolean() }),
);
const anyLimits = fc.record({
  maxBytes: fc.option(fc.nat(5000)),
  maxAgeMs: fc.option(fc.nat(1000)),
  shortageBytes: fc.nat(2000),
});

it('keeps the limits as far as the needed allows, and takes nothing that was used later while it spares something of use', () => {
  fc.assert(
    fc.property(anyKept, anyLimits, (things, limits) => {
      const removed = new Set(chooseRemovals(things, limits, 1000));
      const rest = things.filter((thing) => !removed.has(thing));
      const bytes = (list: Iterable<Kept>) => [...list].reduce((sum, thing) => sum + thing.bytes, 0);
      expect([...removed].filter(({ isNeeded }) => isNeeded)).toEqual([]);
      const spare = rest.filter((thing) => !thing.isNeeded && thing.bytes > 0);
      const isWithinLimits = bytes(rest) <= (limits.maxBytes ?? Infinity) && bytes(removed) >= limits.shortageBytes;
      expect(spare.length === 0 || isWithinLimits).toBe(true);
      const isOld = ({ lastUsedAt }: Kept) => limits.maxAgeMs !== null && 1000 - lastUsedAt > limits.maxAgeMs;
      expect(rest.filter((thing) => !thing.isNeeded && isOld(thing))).toEqual([]);
      const oldestSpared = Math.min(...spare.map(({ lastUsedAt }) => lastUsedAt));
      expect([...removed].filter((thing) => !isOld(thing) && thing.lastUsedAt > oldestSpared)).toEqual([]);
    }),
  );
});
