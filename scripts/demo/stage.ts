// What the demo plays on: an engine of its own, so that nothing of yours is touched, and a server on temporary data.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Dopq, loadBaseImage, startDopq, startEngine, zip } from '@dopq/testbed';
import { say } from './say.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));

export async function buildStage(options: { simulate: boolean }): Promise<Dopq> {
  await using stack = new AsyncDisposableStack();
  const engine = options.simulate ? {} : { engine: await startDemoEngine(stack) };
  const colour = process.stdout.isTTY ? {} : { NO_COLOR: '1' };
  const dopq = stack.use(
    await startDopq({ ...engine, users: ['alice', 'bob', 'carol'], env: { ...colour, COLUMNS: '110' } }),
  );
  const parts = stack.move();
  return { ...dopq, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

/** With busybox as the base image, no registry is needed. */
async function startDemoEngine(stack: AsyncDisposableStack): Promise<string> {
  say('starting a private Docker Engine and giving it a busybox image');
  const engine = stack.use(await startEngine());
  await loadBaseImage(engine);
  return engine.host;
}

/** Zips an example and puts it into a user's inbox. */
export async function dropExample(
  stage: Dopq,
  user: string,
  example: string,
  simulatedSeconds?: number,
): Promise<string> {
  const folder = path.join(EXAMPLES, example);
  const names = readdirSync(folder);
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
  const config = JSON.parse(files['container_config.json'] ?? '{}') as Record<string, unknown>;
  files['container_config.json'] = JSON.stringify({ ...config, executor_name: user }, null, 2);
  if (simulatedSeconds) files['Dockerfile'] += `\nENV DOPQ_SIM_SECONDS=${simulatedSeconds}\n`;
  return stage.drop(user, `${example}.zip`, await zip(files));
}
