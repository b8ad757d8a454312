// The servers this account has logged in to, with their tokens: `$XDG_CONFIG_HOME/dopq/hosts.json`, for nobody else to read.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { Failure } from './failure.ts';

interface Hosts {
  /** Origin of the server that counts where nothing else says one. */
  current?: string;
  hosts: Record<string, { user: string; token: string; expires_at: string | null }>;
}

const NONE: Hosts = { hosts: {} };

export function hostsFile(env = process.env): string {
  const home = env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : path.join(homedir(), '.config');
  return path.join(home, 'dopq/hosts.json');
}

/** @throws Failure if others may read it, or it is not what we wrote */
export function readHosts(env = process.env): Hosts {
  const file = hostsFile(env);
  let text: string;
  try {
    const { mode } = statSync(file);
    if (mode & 0o077) {
      throw new Failure(`${file} holds tokens, and others may read it.`, { fix: `chmod 600 ${file}` });
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NONE;
    throw error;
  }
  try {
    const found: unknown = JSON.parse(text);
    if (isHosts(found)) return found;
    throw new Error('it is not what `dopq login` writes');
  } catch (cause) {
    throw new Failure(`${file} cannot be read.`, { fix: 'Remove it and log in again.', cause });
  }
}

/** By hand: every command reads this, and a schema takes longer to load than the command does. */
function isHosts(found: unknown): found is Hosts {
  const { current, hosts } = (found ?? {}) as Record<string, unknown>;
  const isOne = (one: unknown) => {
    const { user, token, expires_at: until } = (one ?? {}) as Record<string, unknown>;
    return typeof user === 'string' && typeof token === 'string' && (until === null || typeof until === 'string');
  };
  const isKnown = current === undefined || typeof current === 'string';
  return (
    isKnown && typeof hosts === 'object' && hosts !== null && !Array.isArray(hosts) && Object.values(hosts).every(isOne)
  );
}

export function tokenFor(origin: string, env = process.env): string | undefined {
  return readHosts(env).hosts[origin]?.token;
}

export function rememberHost(origin: string, entry: Hosts['hosts'][string], env = process.env): string {
  const { hosts } = readHosts(env);
  return write({ current: origin, hosts: { ...hosts, [origin]: entry } }, env);
}

/** @returns what was known of it; undefined if nothing was */
export function forgetHost(origin: string, env = process.env): Hosts['hosts'][string] | undefined {
  const { hosts, current } = readHosts(env);
  const { [origin]: known, ...others } = hosts;
  if (known === undefined) return undefined;
  const next = current === origin ? Object.keys(others)[0] : current;
  write({ ...(next !== undefined && { current: next }), hosts: others }, env);
  return known;
}

/** Whole or not at all, and never readable by others, not even for a moment. */
function write(hosts: Hosts, env: NodeJS.ProcessEnv): string {
  const file = hostsFile(env);
  const fresh = `${file}.${process.pid}`;
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(fresh, `${JSON.stringify(hosts, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
    renameSync(fresh, file);
  } finally {
    rmSync(fresh, { force: true });
  }
  return file;
}
