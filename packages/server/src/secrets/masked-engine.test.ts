// On the simulated engine, which says of a container what Docker says: commands, output, why not.
import { text } from 'node:stream/consumers';
import { waitFor } from '@dopq/testbed';
import { beforeEach, expect, test } from 'vitest';
import { build, runScript, specOf } from '../engines/conformance/fixtures.ts';
import type { Engine } from '../engines/engine.ts';
import { createSimulatedEngine } from '../engines/simulated.ts';
import { maskedEngine, type Subject } from './masked-engine.ts';

const SECRET = 'hunter2-hunter2';
const BUSYBOX = { Dockerfile: 'FROM scratch\nCMD ["sh"]' };

let engine: Engine;
let asked: Subject[];
beforeEach(async () => {
  asked = [];
  const talkative = createSimulatedEngine({ machineId: 'local', instance: 'test', buildStepMs: 1 });
  engine = maskedEngine(talkative, (subject) => {
    asked.push(subject);
    return [SECRET];
  });
  await build(engine, BUSYBOX, { tag: 'busybox:latest' });
  asked = [];
});
const run = (script: string, changes = {}) =>
  runScript({ engine, baseImage: 'busybox:latest', [Symbol.asyncDispose]: async () => undefined }, script, changes);

test('what a container prints, its processes and what a command inside it says', async () => {
  const { id } = await run(`echo with ${SECRET}; sleep 600`);
  const container = engine.container(id);
  await waitFor(async () => (await container.recentLogs(5)) === 'with ***\n');
  expect(JSON.stringify(await container.top())).toContain('echo with ***; sleep 600');
  expect(await container.exec(['echo', SECRET])).toMatchObject({ stdout: '***\n' });
  await container.kill();
  expect(await text(await container.logs())).toBe('with ***\n');
  expect(asked).toContainEqual({ container: id });
});

test('why the engine refuses', async () => {
  const { name } = specOf('', '');
  const container = await run('sleep 600', { name: `${SECRET}-${name}`, labels: { 'dopq.user': 'ada' } });
  await expect(container.remove()).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('***') });
  await expect(container.remove()).rejects.not.toThrow(SECRET);
  expect(asked).toContainEqual({ user: 'ada' });
});

test('what a build prints, its steps and why it fails', async () => {
  const { result, log } = await build(engine, {
    Dockerfile: `FROM busybox:latest\nRUN echo ${SECRET}\nRUN test ${SECRET} = nothing\n`,
  });
  expect(result).toMatchObject({ ok: false, error: expect.stringContaining('***') });
  const said = JSON.stringify([result, log]);
  expect(said).not.toContain('hunter2');
  expect(log.steps.map((step) => step.text)).toContain('RUN echo ***');
});
