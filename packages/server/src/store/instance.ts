import { randomBytes } from 'node:crypto';
import type { Store } from './store.ts';

/**
 * The id that this data directory's containers and images carry, made at first start.
 * @throws Error if the data were made by the other kind of server: simulated and real jobs never mix
 */
export function readInstance(store: Store, kind: 'real' | 'simulated', dataDir: string): string {
  const made = store.settings.find('kind');
  if (made !== undefined && made !== kind) {
    throw new Error(
      `${dataDir} belongs to a ${made} DoPQ, this is a ${kind} one. Use another data directory (data.dir in config.ini), ` +
        `or start ${made === 'simulated' ? 'with' : 'without'} --simulate.`,
    );
  }
  const known = store.settings.find('instance');
  if (known !== undefined) return known;
  const instance = randomBytes(6).toString('hex');
  store.settings.set('instance', instance);
  store.settings.set('kind', kind);
  return instance;
}
