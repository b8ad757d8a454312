import { beforeEach, expect, test } from 'vitest';
import { openStore, type Store } from '../store/store.ts';
import { dependenciesOf } from './dependencies-of.ts';

let store: Store;
beforeEach(() => {
  store = openStore(':memory:', { now: () => 1 });
});

function add(user: string, name: string): number {
  const job = {
    user,
    name,
    state: 'building',
    source: 'upload',
    inbox: null,
    file: 'j.zip',
    zipPlace: 'removed',
  } as const;
  return store.jobs.create({ ...job, unverified: false }, { actor: 'test', kind: 'test', message: '' }).id;
}

test('numbers are anyone’s jobs, names are the newest own ones', () => {
  const [other, old, newest] = [add('bob', 'prepare'), add('ada', 'prepare'), add('ada', 'prepare')];
  const me = add('ada', 'prepare');
  expect(dependenciesOf(store, me, 'ada', { afterOk: [other, 'prepare'], afterAny: [other, old] })).toEqual({
    dependsOn: [
      { jobId: other, condition: 'ok' },
      { jobId: newest, condition: 'ok' },
      { jobId: old, condition: 'any' },
    ],
    problems: [],
    notes: [`"prepare" is taken for the newest job of that name, #${newest}`],
  });
});

test('what is not there, is somebody else’s or is the job itself is a problem with its fix', () => {
  const [, me] = [add('bob', 'theirs'), add('ada', 'mine')];
  const { problems } = dependenciesOf(store, me, 'ada', { afterOk: [99, me], afterAny: ['theirs'] });
  expect(problems.map(({ field, message }) => `${field} ${message}`)).toEqual([
    'after_ok names #99, and there is no such job',
    `after_ok names #${me}, and there is no such job`,
    'after_any names "theirs", and ada has no job of that name',
  ]);
});
