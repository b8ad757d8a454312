import { tarOf } from './conformance/fixtures.ts';
import { engineConformance } from './engine.conformance.ts';
import { createSimulatedEngine } from './simulated.ts';

engineConformance('the simulated engine', async () => {
  const engine = createSimulatedEngine({ machineId: 'local', instance: 'test', buildStepMs: 5 });
  await engine.build({
    context: tarOf({ Dockerfile: 'FROM scratch\nCMD ["sh"]' }),
    dockerfile: 'Dockerfile',
    tag: 'busybox:latest',
    labels: {},
    onOutput: () => undefined,
  });
  return { engine, baseImage: 'busybox:latest', [Symbol.asyncDispose]: async () => undefined };
});
