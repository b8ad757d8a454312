import { expect, test } from 'vitest';
import { openStore } from '../store/store.ts';
import { HeldAgain, TRY_HELD_AGAIN_MS } from './held-again.ts';

function world() {
  const clock = { at: 1_000, now: () => clock.at };
  const store = openStore(':memory:', clock);
  store.users.add({ name: 'alice' }, 1);
  const make = (patch: Parameters<typeof store.jobs.change>[2]) => {
    const { id } = store.jobs.create(
      {
        user: 'alice',
        name: 'a',
        state: 'receiving',
        source: 'upload',
        inbox: null,
        file: 'a.zip',
        zipPlace: 'accepted',
        unverified: false,
      },
      { actor: 'alice', kind: 'receiving', message: 'uploaded' },
    );
    store.jobs.change(id, ['receiving'], patch);
    return id;
  };
  return { clock, store, make, again: new HeldAgain(store, clock) };
}

test('a build that a registry held up is tried again after a quarter of an hour, and the queue is told', () => {
  const { clock, store, make, again } = world();
  const id = make({ state: 'held', reason: 'the registry does not answer' });
  expect(again.due()).toEqual([]);
  clock.at += TRY_HELD_AGAIN_MS - 1;
  expect(again.due()).toEqual([]);
  clock.at += 1;
  expect(again.due()).toEqual([id]);
  expect(store.jobs.get(id)).toMatchObject({ state: 'building', reason: 'the build is tried again' });
  expect(store.events.ofJob(id).at(-1)).toMatchObject({ actor: 'provider', message: 'the build is tried again' });
});

test('one that is held up again waits anew', () => {
  const { clock, store, make, again } = world();
  const id = make({ state: 'held', reason: 'the disk is full' });
  again.due();
  clock.at += TRY_HELD_AGAIN_MS;
  expect(again.due()).toEqual([id]);
  again.due();
  store.jobs.change(id, ['building'], { state: 'held', reason: 'the disk is full' });
  again.due();
  clock.at += TRY_HELD_AGAIN_MS - 1;
  expect(again.due()).toEqual([]);
  clock.at += 1;
  expect(again.due()).toEqual([id]);
});

test('a job with its image that a person holds stays held', () => {
  const { clock, store, make, again } = world();
  const id = make({ state: 'held', imageId: 'sha256:1', reason: 'held by alice' });
  again.due();
  clock.at += 10 * TRY_HELD_AGAIN_MS;
  expect(again.due()).toEqual([]);
  expect(store.jobs.get(id).state).toBe('held');
});
