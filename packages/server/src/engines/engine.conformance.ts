// What every engine has to do, whoever runs its containers.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { containerConformance } from './conformance/containers.ts';
import type { EngineUnderTest } from './conformance/fixtures.ts';
import { imageConformance } from './conformance/images.ts';

/**
 * Registers the suite. `makeEngine` is called once; containers left by a test are removed after it. `only`: for a second
 * way to build on an engine that has been through all of it.
 */
export function engineConformance(
  name: string,
  makeEngine: () => Promise<EngineUnderTest>,
  { only }: { only?: 'images' } = {},
): void {
  describe(`${name} keeps the promises of an engine:`, () => {
    let subject: EngineUnderTest | undefined;
    const get = () => {
      if (!subject) throw new Error('the engine did not start');
      return subject;
    };
    beforeAll(async () => {
      subject = await makeEngine();
    });
    afterEach(async () => {
      const { engine } = get();
      const containers = await engine.listContainers();
      await Promise.all(containers.map(({ id }) => engine.container(id).remove({ force: true })));
    });
    afterAll(() => subject?.[Symbol.asyncDispose]());
    imageConformance(get);
    if (only === 'images') return;
    containerConformance(get);

    it('its machine is described', async () => {
      const info = await get().engine.info();
      expect(info.cpus).toBeGreaterThan(0);
      expect(info.memoryBytes).toBeGreaterThan(0);
      expect(info.rootDir).toMatch(/^\//);
      expect(info.platform).toMatch(/^linux\/(amd64|arm64)$/);
    });

    it('a network is made once, however often and at once it is asked for', async () => {
      const { engine } = get();
      await Promise.all(['dopq', 'dopq', 'dopq', 'none'].map((network) => engine.ensureNetwork(network)));
      await expect(engine.ensureNetwork('dopq')).resolves.toBeUndefined();
    });

    it('our own containers are no foreign use of GPUs', async () => {
      expect(await get().engine.listForeignGpuUse(() => true)).toEqual([]);
    });
  });
}
