import { findRefusal } from '@dopq/contract';
import { expect, test } from 'vitest';
import { runController } from './running-controller.fixture.ts';

const refusalOf = (call: Promise<unknown>) => call.then(undefined, (error: unknown) => findRefusal(error));
const VALUE = 'tracking-token-1234';

test('a secret is set and listed by name, reaches the environment, and is never shown or recorded in clear', async () => {
  await using running = await runController();
  const { client, store, deps, clock } = running;
  store.users.add({ name: 'alice' }, clock.at);
  const created = new Date(clock.at).toISOString();
  await client.secrets.set({ user: 'alice', name: 'WANDB_API_KEY', value: VALUE });
  clock.at += 5000;
  const listed = await client.secrets.set({ user: 'alice', name: 'WANDB_API_KEY', value: `${VALUE}-new` });

  expect(listed).toEqual([
    { name: 'WANDB_API_KEY', created_at: created, updated_at: new Date(clock.at).toISOString() },
  ]);
  expect(deps.secrets.environment('alice')).toEqual({ WANDB_API_KEY: `${VALUE}-new` });
  expect(JSON.stringify(store.secrets.ever('alice'))).not.toContain('tracking');
});

test('the old value stays known for masking while a container of the user may have it', async () => {
  await using running = await runController();
  const { client, store, deps, clock } = running;
  store.users.add({ name: 'alice' }, clock.at);
  const secret = { user: 'alice', name: 'TOKEN' };
  await client.secrets.set({ ...secret, value: VALUE });
  const { id } = running.addJob();
  store.jobs.change(id, ['receiving'], { state: 'running' });
  await client.secrets.set({ ...secret, value: 'second-value' });
  expect(await client.secrets.remove(secret)).toEqual([]);
  expect(deps.secrets.environment('alice')).toEqual({});
  expect(deps.secrets.toMask('alice')).toEqual([VALUE, 'second-value']);

  store.jobs.change(id, ['running'], { state: 'finished', outcome: 'failed', finishedAt: clock.at });
  await client.secrets.set({ ...secret, value: 'third-value' });
  expect(deps.secrets.toMask('alice')).toEqual(['third-value']);
});

test('names that lead the loader or the driver, values that cannot be masked and secrets of nobody are refused', async () => {
  await using running = await runController();
  const { client, store, clock } = running;
  store.users.add({ name: 'alice' }, clock.at);
  for (const name of ['LD_PRELOAD', 'nvidia_visible_devices', 'PATH', 'A=B', '1A']) {
    expect(await refusalOf(client.secrets.set({ user: 'alice', name, value: VALUE }))).toMatchObject({
      code: 'BAD_REQUEST',
    });
  }
  for (const value of ['short', 'two\nlines-of-text', 'nul\0-in-the-middle']) {
    expect(await refusalOf(client.secrets.set({ user: 'alice', name: 'TOKEN', value }))).toMatchObject({
      code: 'BAD_REQUEST',
    });
  }
  expect(await refusalOf(client.secrets.set({ user: 'nobody', name: 'TOKEN', value: VALUE }))).toMatchObject({
    code: 'USER_NOT_FOUND',
  });
  expect(await refusalOf(client.secrets.list({}))).toMatchObject({ code: 'BAD_REQUEST' });
  expect(await refusalOf(client.secrets.remove({ user: 'alice', name: 'TOKEN' }))).toMatchObject({
    code: 'SECRET_NOT_FOUND',
  });
});
