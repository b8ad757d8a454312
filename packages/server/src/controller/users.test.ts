import { findRefusal } from '@dopq/contract';
import { expect, test } from 'vitest';
import { runController } from './running-controller.fixture.ts';

function refusalOf(call: Promise<unknown>) {
  return call.then(
    () => undefined,
    (error: unknown) => findRefusal(error),
  );
}

test('a user is added once, told to the Provider and noted with who did it', async () => {
  await using running = await runController();
  const { client, asked } = running;
  const added = await client.users.add({ name: 'zoe-of-the-lab', email: 'zoe@lab.example' });
  expect(added).toMatchObject({
    name: 'zoe-of-the-lab',
    email: 'zoe@lab.example',
    disabled: false,
    penalty: 0,
    uid: 200_000,
  });
  expect(asked).toEqual(['usersChanged']);
  expect(await refusalOf(client.users.add({ name: 'Zoe-Of-The-Lab' }))).toMatchObject({ code: 'USER_EXISTS' });
  expect(await refusalOf(client.users.add({ name: 'invalid' }))).toMatchObject({ code: 'NAME_TAKEN' });
  expect(await client.users.list()).toHaveLength(1);
});

test('a uid belongs to one user', async () => {
  await using running = await runController();
  const { client } = running;
  await client.users.add({ name: 'zoe', uid: 61_234 });
  expect(await refusalOf(client.users.add({ name: 'yan', uid: 61_234 }))).toMatchObject({
    code: 'USER_EXISTS',
    message: 'Uid 61234 belongs to user "zoe" already.',
  });
  expect(await refusalOf(client.users.add({ name: '../etc' }))).toMatchObject({ code: 'BAD_REQUEST' });
});

test('disabling and enabling change the user and are harmless when repeated', async () => {
  await using running = await runController();
  const { client } = running;
  await client.users.add({ name: 'zoe', uid: 61_234 });
  expect(await client.users.disable({ name: 'zoe' })).toMatchObject({ disabled: true });
  expect(await client.users.disable({ name: 'zoe' })).toMatchObject({ disabled: true });
  expect(await client.users.enable({ name: 'zoe' })).toMatchObject({ disabled: false });
  expect(await refusalOf(client.users.disable({ name: 'nobody' }))).toMatchObject({ code: 'USER_NOT_FOUND' });
});

test('users are listed with the penalty of the queue and the number of their jobs', async () => {
  await using running = await runController();
  const { client, store, view } = running;
  await client.users.add({ name: 'zoe', uid: 61_234 });
  view.penalties.set('zoe', 1.0498);
  const [ran, rejected, waits] = [
    running.addJob({ user: 'zoe' }),
    running.addJob({ user: 'zoe' }),
    running.addJob({ user: 'zoe' }),
  ];
  for (const { id } of [ran, waits]) store.jobs.change(id, ['receiving'], { state: 'queued' });
  store.jobs.change(rejected.id, ['receiving'], { state: 'finished', outcome: 'rejected', finishedAt: 1 });
  const placement = { machineId: 'local', gpuUuids: [], gpuModels: [], slotsPerGpu: 1 };
  const begun = store.attempts.begin(store.jobs.get(ran.id), placement, () => ({ container: 'c', log: '/l' }));
  if (!begun) throw new Error('not begun');
  store.attempts.markRunning(begun, 'c0ffee', 2);
  expect(await client.users.list()).toMatchObject([
    { name: 'zoe', penalty: 1.0498, queued: 1, running: 1, finished: 0 },
  ]);
  store.attempts.finish(begun, { outcome: 'succeeded', reason: null, exitCode: 0, endedAt: 3 });
  expect(await client.users.list()).toMatchObject([{ queued: 1, running: 0, finished: 1 }]);
});
