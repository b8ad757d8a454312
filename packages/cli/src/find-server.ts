// Where the server is: a config file names its socket; DOPQ_HOST names it outright, for machines without the file.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolveConfigPath } from '@dopq/contract';
import { EXIT, Failure } from './failure.ts';

export interface ServerAddress {
  /** For messages. */
  words: string;
  /** Origin of URLs; a made-up one if the socket says where. */
  origin: string;
  socketPath?: string;
  /** How to start it, if it is on this machine. */
  start?: string;
}

/**
 * `--config` wins over DOPQ_HOST, that over DOPQ_CONFIG and the default place.
 * @throws Failure if nothing says where the server is
 */
export async function findServer(options: { config?: string | undefined }, env = process.env): Promise<ServerAddress> {
  if (options.config === undefined && env.DOPQ_HOST) return parseHost(env.DOPQ_HOST);
  const { file } = configPathOf(options, env);
  const start = `dopq serve --config ${file}`;
  if (!existsSync(file)) {
    throw new Failure(`There is no DoPQ here yet: ${file} does not exist.`, {
      fix: `Start the server with \`${start}\`, or name its file with --config or its socket with DOPQ_HOST=unix:///path.`,
      exitCode: EXIT.unreachable,
    });
  }
  const socketPath = await readSocketPath(file);
  return { words: socketPath, origin: 'http://localhost', socketPath, start };
}

/** The config file in question, by the rule that the server follows too. */
export function configPathOf(options: { config?: string | undefined }, env = process.env) {
  const uid = process.getuid?.() ?? 0;
  return resolveConfigPath({ flag: options.config, env, home: homedir(), uid, cwd: process.cwd() });
}

/** `unix:///run/dopq.sock`, `http://box:8080`. */
function parseHost(host: string): ServerAddress {
  if (host.startsWith('unix:///')) {
    const socketPath = host.slice('unix://'.length);
    return { words: socketPath, origin: 'http://localhost', socketPath };
  }
  if (/^https?:\/\//.test(host) && URL.canParse(host)) return { words: host, origin: host.replace(/\/+$/, '') };
  throw new Failure(`DOPQ_HOST is "${host}".`, {
    fix: 'Write unix:///path/to/dopq.sock or http://host:port.',
    exitCode: EXIT.usage,
  });
}

async function readSocketPath(file: string): Promise<string> {
  const { loadConfig } = await importServer();
  try {
    return loadConfig(file).config.controller.socket;
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
