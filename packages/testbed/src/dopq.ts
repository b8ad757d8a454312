// The whole product as a person runs it: `dopq serve` as a process of its own, on temporary data, driven by the command line.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@dopq/contract';
import { execa } from 'execa';
import { Agent, fetch } from 'undici';
import { startTrouble, type Trouble } from './trouble.ts';
import { waitFor } from './wait-for.ts';

/** The launcher of this clone. */
const LAUNCHER = fileURLToPath(new URL('../../../dopq', import.meta.url));

export interface DopqOptions {
  /** Engine endpoint; without one the server runs with `--simulate`. */
  engine?: string;
  /** The part of its calls to the engine that goes wrong, 0 to 1; default what `DOPQ_TROUBLE` says. */
  trouble?: number;
  /** `valid.executors`, each with an inbox. */
  users?: readonly string[];
  /** Lines for sections of config.ini, beside those that make it quick: `{queue: {policy: 'recency'}}`. */
  settings?: Record<string, Record<string, string>>;
  env?: Record<string, string | undefined>;
  /** The whole config.ini instead of one made of `users`, `engine` and `settings`; its data have to be in `<dir>/data`. */
  configText?(places: Places): string;
}

export interface Dopq extends AsyncDisposable {
  readonly dir: string;
  readonly config: string;
  readonly share: string;
  readonly output: string;
  /** Of the serving process; undefined while it is down. */
  readonly pid: number | undefined;
  /** What goes wrong between the server and its engine, if anything is to. */
  readonly trouble: Trouble | undefined;
  /** The server's procedures, as command line and dashboard call them. */
  readonly client: Client;
  /** Runs the command line; gives stdout, throws if it fails. */
  dopq(...args: string[]): Promise<string>;
  /** Runs the command line; gives everything, also of a failure. */
  tryDopq(...args: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /** What the server said on its terminal so far. */
  said(): string;
  /** @param env further variables for this life of the server */
  start(env?: Record<string, string>): Promise<void>;
  /** The same without waiting for an answer. */
  launch(env?: Record<string, string>): void;
  /** Resolves when the serving process has ended by itself. */
  ended(): Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  stop(): Promise<number | undefined>;
  kill(): Promise<void>;
  /** Puts a file into a user's inbox, as a person would: under another name first, then renamed. */
  drop(user: string, name: string, bytes: Uint8Array | string): string;
}

/** Starts a server that looks at its share and its jobs every fraction of a second. */
export async function startDopq(options: DopqOptions = {}): Promise<Dopq> {
  const dir = mkdtempSync(path.join(tmpdir(), 'dopq-'));
  chmodSync(dir, 0o755);
  const [share, output, config] = [path.join(dir, 'share'), path.join(dir, 'output'), path.join(dir, 'config.ini')];
  const users = options.users ?? ['alice', 'bob'];
  mkdirSync(output);
  for (const user of users) mkdirSync(path.join(share, user), { recursive: true });
  const trouble = await startTrouble(options.engine, options.trouble);
  const places = { dir, share, output, users, engine: trouble?.host ?? options.engine };
  writeFileSync(config, options.configText?.(places) ?? formatIni(settingsOf(options, places)));

  const serverOut = path.join(dir, 'server.out');
  const env = { ...options.env, DOPQ_CONFIG: config };
  let server: ReturnType<typeof serve> | undefined;
  const tryDopq = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await execa(LAUNCHER, args, { env, stdin: 'ignore', reject: false });
    return { exitCode: exitCode ?? -1, stdout, stderr };
  };
  const end = async (signal: NodeJS.Signals): Promise<number | undefined> => {
    server?.kill(signal);
    const result = await server;
    server = undefined;
    return result?.exitCode;
  };

  const self: Dopq = {
    dir,
    config,
    share,
    output,
    trouble,
    get pid() {
      return server?.pid;
    },
    client: connect(path.join(dir, 'data', 'dopq.sock')),
    tryDopq,
    async dopq(...args) {
      const { exitCode, stdout, stderr } = await tryDopq(...args);
      if (exitCode !== 0) {
        const words = `dopq ${args.join(' ')} ended with ${exitCode}: ${stderr}`;
        throw new Error(`${words}\nThe server said: …${self.said().slice(-3000)}`);
      }
      return stdout;
    },
    said: () => readFileSync(serverOut, 'utf8'),
    launch(more = {}) {
      server = serve(['serve', ...(options.engine ? [] : ['--simulate'])], { ...env, ...more }, serverOut);
    },
    async ended() {
      await server;
      server = undefined;
    },
    async start(more) {
      self.launch(more);
      const process = server;
      let hasEnded = false;
      void process?.finally(() => {
        hasEnded = true;
      });
      await waitFor(async () => hasEnded || (await isReady(self.client)), {
        timeoutMs: 60_000,
        intervalMs: 50,
        message: () => `the server to answer; it said: …${self.said().slice(-3000)}`,
      });
      if (hasEnded) throw new Error(`the server ended at once; it said: …${self.said().slice(-3000)}`);
    },
    stop: () => end('SIGTERM'),
    async kill() {
      await end('SIGKILL');
    },
    drop(user, name, bytes) {
      const target = path.join(share, user, name);
      writeFileSync(`${target}.part`, bytes);
      renameSync(`${target}.part`, target);
      return target;
    },
    async [Symbol.asyncDispose]() {
      await end('SIGTERM');
      await trouble?.[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  await self.start();
  return self;
}

function connect(socketPath: string): Client {
  const dispatcher = new Agent({ connect: { socketPath } });
  return createClient('http://localhost', async (input, init) => {
    const sent = new Request(input, init);
    const body = sent.method === 'GET' ? null : await sent.text();
    return await fetch(sent.url, { method: sent.method, headers: Object.fromEntries(sent.headers), body, dispatcher });
  });
}

/** It has met its engine, and its Provider has seen the share. */
async function isReady(client: Client): Promise<boolean> {
  const { engine, provider, share } = await client.status();
  return engine.state === 'running' && provider.state === 'running' && share.state === 'ok';
}

function serve(args: string[], env: Record<string, string | undefined>, outFile: string) {
  const out = { file: outFile, append: true } as const;
  return execa(LAUNCHER, args, { env, reject: false, buffer: false, stdin: 'ignore', stdout: out, stderr: out });
}

interface Places {
  dir: string;
  share: string;
  output: string;
  users: readonly string[];
  /** Where the engine is to be reached. */
  engine: string | undefined;
}

function settingsOf({ settings = {} }: DopqOptions, { dir, share, output, users, engine }: Places) {
  const quick: Record<string, Record<string, string>> = {
    paths: { 'data.dir': path.join(dir, 'data'), 'network.dir': share },
    queue: { policy: 'fair-share', 'sleep.interval': '2' },
    docker: { 'mount.volumes': `${output}:/outdir`, ...(engine ? { host: engine } : {}) },
    controller: { port: 'auto', 'user.sockets': path.join(dir, 'sockets') },
    fetcher: { 'valid.executors': users.join(','), 'sleep.interval': '0.3', 'settle.time': '0.6' },
  };
  return withSettings(quick, settings);
}

type Sections = Record<string, Record<string, string>>;

/** Sections of config.ini with others laid over them, key by key. */
export function withSettings(usual: Sections, settings: Sections): Sections {
  const merged = Object.entries(settings).map(([section, keys]) => [section, { ...usual[section], ...keys }]);
  return { ...usual, ...Object.fromEntries(merged) };
}

/** The text of a config.ini. */
export function formatIni(sections: Sections): string {
  return Object.entries(sections)
    .map(([name, keys]) =>
      [`[${name}]`, ...Object.entries(keys).map(([key, value]) => `${key} = ${value}`), ''].join('\n'),
    )
    .join('\n');
}
