// Where the server is. On its own machine sockets come first: the administrator's in the data directory, then the one that
// belongs to the account that asks. From elsewhere it is DOPQ_HOST, or the server that was last logged in to.
import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { resolveConfigPath } from '@dopq/contract/config-path';
import { EXIT, Failure } from './failure.ts';
import { readHosts, tokenFor } from './hosts-file.ts';

export interface ServerAddress {
  /** For messages. */
  words: string;
  /** Origin of URLs; a made-up one if the socket says where. */
  origin: string;
  socketPath?: string;
  /** Sent with each request over TCP. */
  token?: string;
  /** How to start it, if it is on this machine. */
  start?: string;
}

/** Where the server of a machine keeps the sockets of its accounts, unless its config.ini says otherwise. */
const USER_SOCKETS = '/run/dopq';
/** What everybody on the server's machine may read. */
const MACHINE_CONFIG = '/etc/dopq/config.ini';

/**
 * `--config` wins over DOPQ_HOST, that over DOPQ_CONFIG and the default place, that over the socket of one's own account,
 * that over the server one has logged in to.
 * @throws Failure if nothing says where the server is
 */
export async function findServer(options: { config?: string | undefined }, env = process.env): Promise<ServerAddress> {
  if (options.config === undefined && env.DOPQ_HOST) return parseHost(env.DOPQ_HOST, env);
  const { file, origin } = configPathOf(options, env);
  if (existsSync(file)) return await ofConfig(file);
  const start = `dopq serve --config ${file}`;
  const elsewhere = origin === 'default' ? await withoutConfig(env) : undefined;
  if (elsewhere) return elsewhere;
  throw new Failure(`There is no DoPQ here yet: ${file} does not exist.`, {
    fix: `Set it up with \`dopq init\` and start it with \`${start}\`; or say where it is: DOPQ_HOST=https://box:3677, or \`dopq login https://box:3677\`.`,
    exitCode: EXIT.unreachable,
  });
}

/** The config file in question, by the rule that the server follows too. */
export function configPathOf(options: { config?: string | undefined }, env = process.env) {
  const uid = process.getuid?.() ?? 0;
  return resolveConfigPath({ flag: options.config, env, home: homedir(), uid, cwd: process.cwd() });
}

async function ofConfig(file: string): Promise<ServerAddress> {
  const { socket, userSockets } = await readController(file);
  const start = `dopq serve --config ${file}`;
  const own = ownSocket(userSockets);
  const socketPath = !mayUse(socket) && own !== undefined && existsSync(own) ? own : socket;
  return { words: socketPath, origin: 'http://localhost', socketPath, start };
}

/** An account without a configuration of its own: its socket, or a server it has logged in to. */
async function withoutConfig(env: NodeJS.ProcessEnv): Promise<ServerAddress | undefined> {
  const socketPath = ownSocket(USER_SOCKETS);
  if (socketPath !== undefined && existsSync(socketPath))
    return { words: socketPath, origin: 'http://localhost', socketPath };
  if (existsSync(MACHINE_CONFIG) && mayRead(MACHINE_CONFIG)) return await ofConfig(MACHINE_CONFIG);
  const { current } = readHosts(env);
  return current === undefined ? undefined : parseHost(current, env);
}

function ownSocket(folder: string | null): string | undefined {
  const uid = process.getuid?.();
  return folder === null || uid === undefined ? undefined : path.join(folder, String(uid), 'dopq.sock');
}

/** A socket that is not there, or behind a folder that is closed, is none we may use. */
function mayUse(socket: string): boolean {
  return isAccessible(socket, constants.W_OK);
}

const mayRead = (file: string): boolean => isAccessible(file, constants.R_OK);

function isAccessible(file: string, mode: number): boolean {
  try {
    accessSync(file, mode);
    return true;
  } catch {
    return false;
  }
}

/** `unix:///run/dopq.sock`, `https://box:3677`. */
export function parseHost(host: string, env = process.env): ServerAddress {
  if (host.startsWith('unix:///')) {
    const socketPath = host.slice('unix://'.length);
    return { words: socketPath, origin: 'http://localhost', socketPath };
  }
  if (/^https?:\/\//.test(host) && URL.canParse(host)) {
    const { origin } = new URL(host);
    const token = env.DOPQ_TOKEN || tokenFor(origin, env);
    return { words: origin, origin, ...(token && { token }) };
  }
  throw new Failure(`"${host}" is no address of a DoPQ.`, {
    fix: 'Write unix:///path/to/dopq.sock, https://host or http://host:port.',
    exitCode: EXIT.usage,
  });
}

async function readController(file: string) {
  const { loadConfig } = await importServer();
  try {
    return loadConfig(file).config.controller;
  } catch (error) {
    throw new Failure((error as Error).message, { cause: error });
  }
}

/**
 * The server is part of a full installation only.
 * @param what what cannot be done without it
 * @throws Failure if this installation has none
 */
export async function importServer(what = 'read its config file') {
  try {
    return await import('@dopq/server');
  } catch (error) {
    const isAbsent =
      (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND' &&
      /'@dopq\/server'/.test((error as Error).message);
    if (!isAbsent) throw error;
    throw new Failure(`This installation of dopq has no server and cannot ${what}.`, {
      fix: 'Say where the server is: DOPQ_HOST=unix:///path/to/dopq.sock or http://host:port.',
      cause: error,
    });
  }
}
