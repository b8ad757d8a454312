import { loadBaseImage, startEngine } from '@dopq/testbed';
import { silentLogger } from '../log.ts';
import { connectDocker } from './docker/docker.ts';
import { engineConformance } from './engine.conformance.ts';

const underTest = (builder: 'classic' | 'buildkit') => async () => {
  const host = await startEngine();
  await loadBaseImage(host);
  const engine = connectDocker({
    endpoint: host.host,
    machineId: 'local',
    instance: 'test',
    gpuMode: 'device-requests',
    builder,
    log: silentLogger,
  });
  return { engine, baseImage: 'busybox:latest', [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() };
};

engineConformance('Docker', underTest('classic'));
engineConformance('Docker with BuildKit', underTest('buildkit'), { only: 'images' });
