// For tests: a real controller on a real socket and a real store; queue, Provider and hardware are what a test says.
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Client, createClient } from '@dopq/contract';
import type { Readable } from 'node:stream';
import { formatDefaultConfig } from '../config/default-config.ts';
import { parseConfig } from '../config/config.ts';
import { makeFolders } from '../config/folders.ts';
import type { GpuSample } from '../hardware/hardware.ts';
import { silentLogger } from '../log.ts';
import type { JobRecord } from '../store/jobs.ts';
import { startNotifier } from '../notify/notifier.ts';
import { UserSecrets } from '../secrets/user-secrets.ts';
import { openVault } from '../secrets/vault.ts';
import { openStore, type Store } from '../store/store.ts';
import { archiveLimitsOf, validate } from '../provider/validate.ts';
import { startController } from './controller.ts';
import type { ControllerDeps, GivenDeps, QueueView } from './deps.ts';

export interface Answer {
  status: number;
  body: IncomingMessage;
  text(): Promise<string>;
}

export interface RunningController extends AsyncDisposable {
  client: Client;
  deps: ControllerDeps;
  store: Store;
  socket: string;
  /** What the controller asked of the actors, in order. */
  asked: string[];
  view: QueueView;
  sample: GpuSample;
  clock: { at: number };
  /** A raw request: the answer's status, body and the way to break it off. */
  send(
    route: string,
    options?: { method?: string; headers?: Record<string, string>; body?: Readable | string },
  ): Promise<Answer>;
  addJob(job?: { user?: string; name?: string }): JobRecord;
}

/** @param settings lines put in place of those of a new config.ini, by `key = value` */
export async function runController(
  settings: Record<string, string> = {},
  more: Pick<GivenDeps, 'patience'> = {},
): Promise<RunningController> {
  const home = await mkdtemp(path.join(tmpdir(), 'dopq-controller-'));
  const text = Object.entries({ port: 'auto', 'user.sockets': '', ...settings }).reduce(
    (config, [key, value]) => withSetting(config, key, value),
    formatDefaultConfig(home),
  );
  const { config } = parseConfig(text, { file: path.join(home, 'config.ini') });
  makeFolders(config);
  const clock = { at: Date.UTC(2031, 4, 4, 12) };
  const store = openStore(':memory:', { now: () => clock.at });
  const vault = openVault(config.paths.data);
  const notifier = startNotifier({
    config,
    store,
    vault,
    log: silentLogger,
    clock: { now: () => clock.at },
    predictions: () => view.predictions,
  });
  const asked: string[] = [];
  const view: QueueView = { order: [], reasons: new Map(), predictions: new Map(), penalties: new Map() };
  const sample: GpuSample = { state: 'ok', at: clock.at, since: clock.at, gpus: [] };
  const given: GivenDeps = {
    ...more,
    config,
    store,
    clock: { now: () => clock.at },
    log: silentLogger,
    instance: 'abc123',
    startedAt: clock.at,
    simulated: false,
    shutDown: () => asked.push('shutDown'),
    warnings: () => ['[paths] unzip.dir has no effect'],
    queue: {
      status: () => ({ state: 'running', message: null, startedAt: clock.at, locked: false, lastRound: null }),
      view: () => view,
      explain: () => undefined,
      stopped: () => undefined,
      ledger: () => undefined,
      delayedBy: () => [],
      outlook: () => undefined,
      wake: () => asked.push('wake'),
    },
    provider: {
      status: () => ({
        state: 'running',
        message: null,
        startedAt: clock.at,
        pid: 4711,
        restarts: 0,
        share: { state: 'ok', message: null, since: clock.at },
      }),
      intake: (id) => asked.push(`intake ${id}`),
      abort: (id) => asked.push(`abort ${id}`),
      usersChanged: () => asked.push('usersChanged'),
      limits: () => archiveLimitsOf(config),
      judge: (judged) =>
        validate({ config, store, clock: deps.clock, capacity: () => ({ engine: undefined, gpus: sample }) }, judged),
    },
    engine: {
      machineId: 'local',
      container: () => {
        throw new Error('there is no engine in this test');
      },
      status: () => ({ state: 'down', message: 'no socket at /run/nothing.sock', startedAt: clock.at }),
    },
    sampler: { latest: () => undefined },
    vault,
    secrets: new UserSecrets({ store, vault, clock: { now: () => clock.at }, log: silentLogger }),
    notifier,
    storage: () => [],
    hardware: {
      gpus: () => sample,
      host: () => ({ cpus: 8, memoryBytes: 64e9, memoryUsedBytes: 8e9 }),
    },
  };
  const controller = await startController(given);
  const { deps } = controller;
  const socket = config.controller.socket;
  return {
    client: createClient('http://localhost', async (input, init) => {
      const sent = new Request(input, init);
      const { pathname, search } = new URL(sent.url);
      const answer = await send(socket, pathname + search, {
        method: sent.method,
        headers: Object.fromEntries(sent.headers),
        body: await sent.text(),
      });
      return new Response(await answer.text(), {
        status: answer.status,
        headers: { 'content-type': 'application/json' },
      });
    }),
    deps,
    store,
    socket,
    asked,
    view,
    sample,
    clock,
    send: (route, options) => send(socket, route, options),
    addJob: ({ user = 'alice', name = 'hello' } = {}) =>
      store.jobs.create(
        {
          user,
          name,
          state: 'receiving',
          source: 'share',
          inbox: '/share/alice',
          file: `${name}-${Math.random()}.zip`,
          zipPlace: 'inbox',
          unverified: false,
        },
        { actor: 'provider', kind: 'received', message: 'seen' },
      ),
    async [Symbol.asyncDispose]() {
      await controller[Symbol.asyncDispose]();
      await notifier[Symbol.asyncDispose]();
      store[Symbol.dispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
}

function send(
  socketPath: string,
  route: string,
  options: Parameters<RunningController['send']>[1] = {},
): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: route, method, headers }, (answer) =>
      resolve({
        status: answer.statusCode ?? 0,
        body: answer,
        text: async () => Buffer.concat(await answer.toArray()).toString(),
      }),
    );
    sent.once('error', reject);
    if (body === undefined || typeof body === 'string') sent.end(body);
    else body.on('error', (error) => sent.destroy(error)).pipe(sent);
  });
}

/** @param key `port`, or `[controller] host` where several sections have it */
function withSetting(config: string, key: string, value: string): string {
  const [, section = '', name = key] = /^(\[\w+\]) (.*)$/.exec(key) ?? [];
  const start = config.indexOf(section);
  const line = new RegExp(`^${name} =.*$`, 'm');
  return config.slice(0, start) + config.slice(start).replace(line, () => `${name} = ${value}`);
}
