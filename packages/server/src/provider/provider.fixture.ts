// A Provider with a share, a database and an engine of its own, for tests.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatIni, waitFor, withSettings } from '@dopq/testbed';
import { systemClock } from '../clock.ts';
import { parseConfig } from '../config/config.ts';
import type { Config } from '../config/shape.ts';
import { silentLogger } from '../log.ts';
import type { JobRecord } from '../store/jobs.ts';
import { openStore, type Store } from '../store/store.ts';
import { type Provider, startProvider } from './provider.ts';
import type { Capacity } from './rules.ts';

export interface ProviderFixtureOptions {
  users?: string[];
  /** Keys of config.ini by section. */
  settings?: Record<string, Record<string, string>>;
  /** Socket of a real engine; without one it is simulated. */
  endpoint?: string;
  capacity?: Capacity;
  shareHangsAfterMs?: number;
  /** Puts a file system of its own under the share's path; answers how to take it away. */
  mountShare?(path: string): () => void;
  /** What is to be in the inboxes before anybody looks at them. */
  prepare?(inbox: (user: string) => string): void;
}

export interface ProviderFixture extends AsyncDisposable {
  readonly dir: string;
  readonly share: string;
  readonly config: Config;
  readonly store: Store;
  provider: Provider;
  /** Writes a file into a user's inbox, at once and whole. Answers its path. */
  drop(user: string, file: string, content: string | Uint8Array): string;
  inbox(user: string): string;
  /** The newest job of that file, once `condition` holds for it. */
  job(file: string, condition: (job: JobRecord) => boolean, timeoutMs?: number): Promise<JobRecord>;
  receipt(user: string, receiptName: string): string;
}

const GIB = 1024 ** 3;
// The processes of all tests compile the same code.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), `dopq-compiled-${process.getuid?.() ?? 0}`);

const FOUR_GPUS: Capacity = {
  engine: { memoryBytes: 64 * GIB, cpus: 16 },
  gpus: {
    state: 'ok',
    at: 1,
    gpus: [0, 1, 2, 3].map((index) => ({ uuid: `GPU-${index}`, index, name: 'Test GPU', processes: [] })),
  },
};

export function startProviderFixture(options: ProviderFixtureOptions = {}): ProviderFixture {
  const dir = mkdtempSync(join(tmpdir(), 'dopq-provider-'));
  const config = configFor(dir, options);
  for (const path of [
    config.paths.network,
    config.paths.container,
    config.paths.log,
    config.paths.failed,
    config.paths.data,
  ]) {
    mkdirSync(path, { recursive: true, mode: 0o755 });
  }
  const unmountShare = options.mountShare?.(config.paths.network);
  const store = openStore(':memory:', systemClock);
  for (const name of options.users ?? ['alice', 'bob']) {
    store.users.add({ name }, systemClock.now());
    mkdirSync(join(config.paths.network, name), { mode: 0o755 });
  }
  const newest = (file: string) => store.jobs.list({ scope: 'all', limit: 10_000 }).find((job) => job.file === file);
  const inbox = (user: string) => join(config.paths.network, user);
  options.prepare?.(inbox);
  return {
    dir,
    share: config.paths.network,
    config,
    store,
    provider: startProvider({
      config,
      store,
      clock: systemClock,
      log: silentLogger,
      instance: '7e57ab1e0000',
      simulate: options.endpoint === undefined,
      secrets: { toMask: () => [] },
      view: () => ({ order: store.jobs.inStates('queued').map(({ id }) => id), reasons: new Map() }),
      capacity: () => options.capacity ?? FOUR_GPUS,
      ...(options.shareHangsAfterMs && { shareHangsAfterMs: options.shareHangsAfterMs }),
    }),
    inbox,
    drop(user, file, content) {
      const path = join(inbox(user), file);
      writeFileSync(path, content);
      return path;
    },
    job: (file, condition, timeoutMs = 60_000) =>
      waitFor(() => [newest(file)].find((job) => job !== undefined && condition(job)), {
        timeoutMs,
        message: () => `${file}, which is now ${JSON.stringify(newest(file))}`,
      }),
    receipt: (user, receiptName) => readFileSync(join(inbox(user), `${receiptName}.status.txt`), 'utf8'),
    async [Symbol.asyncDispose]() {
      await this.provider[Symbol.asyncDispose]();
      store[Symbol.dispose]();
      unmountShare?.();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function configFor(dir: string, { settings = {}, endpoint }: ProviderFixtureOptions): Config {
  const quick = {
    paths: {
      'data.dir': `${dir}/data`,
      'container.dir': `${dir}/container`,
      'network.dir': `${dir}/share`,
      'unzip.dir': `${dir}/unzip`,
      'log.dir': `${dir}/log`,
      'failed.dir': `${dir}/failed`,
    },
    fetcher: { 'sleep.interval': '0.1', 'settle.time': '0.2', 'min.space': '0' },
    builder: { 'sleep.interval': '0.1' },
    docker: endpoint ? { host: endpoint } : {},
  };
  const text = formatIni(withSettings(quick, settings));
  return parseConfig(text, { file: join(dir, 'config.ini'), env: {} }).config;
}
