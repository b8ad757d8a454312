// Rules that hold between keys: folders that must not lie in each other, endings that must differ, a socket that must fit.
import { isIPv4 } from 'node:net';
import { relative } from 'node:path';
import type { ConfigProblem } from './config-error.ts';
import type { ConfigNotice, Setting } from './config.ts';
import type { Config } from './shape.ts';

type Folder = 'data' | 'container' | 'network' | 'log' | 'failed';

/** Folders that nothing else may lie in, with what would be lost. */
const EXCLUSIVE: { outer: Folder; because: string }[] = [
  { outer: 'network', because: 'everybody on the share could read and change it' },
  { outer: 'container', because: 'DoPQ deletes there what jobs no longer need' },
  { outer: 'failed', because: 'people clear out failed.dir' },
];

// sockaddr_un.sun_path holds 108 bytes with its final zero on Linux.
const MAX_SOCKET_BYTES = 107;

/** What is wrong between values that are each fine. */
export function checkTogether(config: Config, settings: readonly Setting[]): ConfigProblem[] {
  const at = (field: string) => {
    const setting = settings.find((candidate) => candidate.key.field === field);
    return {
      ...(setting && { key: setting.key }),
      ...(setting?.origin.from === 'file' && { line: setting.origin.line }),
    };
  };
  return [
    ...checkFolders(config.paths).map(({ inner, rule }) => ({ ...at(`paths.${inner}`), rule })),
    ...checkSuffixes(config).map((rule) => ({ ...at('builder.loadSuffixes'), rule })),
    ...checkTimeLimits(config).map((rule) => ({ ...at('queue.defaultTimeLimitMs'), rule })),
    ...checkSocket(config).map((rule) => ({ ...at('controller.socket'), rule })),
    ...checkTls(config).map((rule) => ({ ...at('controller.tlsCert'), rule })),
    ...checkWidth(config).map((rule) => ({ ...at('controller.host'), rule })),
  ];
}

/** What works and is better known. */
export function remarkTogether({ file, paths, controller }: Config): ConfigNotice[] {
  const notices: string[] = [];
  if (isWithin(paths.network, paths.data)) {
    notices.push(
      `[paths] network.dir lies in data.dir, which is private: only root and the account of DoPQ can drop files there`,
    );
  }
  if (!isWithin(controller.socket, paths.data)) {
    notices.push(`[controller] socket is not in data.dir: whoever may open its folder may use DoPQ as anybody`);
  }
  return notices.map((message) => ({ level: 'warning', message: `${file}: ${message}` }));
}

function checkFolders(paths: Config['paths']): { inner: Folder; rule: string }[] {
  const folders: Folder[] = ['data', 'container', 'network', 'log', 'failed'];
  const broken = EXCLUSIVE.flatMap(({ outer, because }) =>
    folders
      .filter((inner) => inner !== outer && isWithin(paths[inner], paths[outer]))
      .map((inner) => ({
        inner,
        rule: `${paths[inner]} lies in ${outer}.dir (${paths[outer]}); choose another folder: ${because}`,
      })),
  );
  // Two folders that are the same lie in each other; one line says it.
  const seen = new Set<string>();
  return broken.filter(({ inner }) => {
    const once = !seen.has(paths[inner]);
    seen.add(paths[inner]);
    return once;
  });
}

function checkSuffixes({ builder }: Config): string[] {
  const both = builder.loadSuffixes.find((suffix) => builder.buildSuffixes.includes(suffix));
  return both === undefined ? [] : [`"${both}" is in load.suffix and in build.suffix; a file is loaded or built`];
}

function checkTimeLimits({ queue: { defaultTimeLimitMs, maxTimeLimitMs } }: Config): string[] {
  if (defaultTimeLimitMs === null || maxTimeLimitMs === null || defaultTimeLimitMs <= maxTimeLimitMs) return [];
  return ['is longer than time.limit.max; make one of them fit the other'];
}

function checkSocket({ controller }: Config): string[] {
  const bytes = Buffer.byteLength(controller.socket);
  if (bytes <= MAX_SOCKET_BYTES) return [];
  return [
    `${controller.socket} has ${bytes} bytes, a socket's path may have ${MAX_SOCKET_BYTES}; choose a shorter one`,
  ];
}

function checkTls({ controller: { tlsCert, tlsKey } }: Config): string[] {
  return (tlsCert === null) === (tlsKey === null) ? [] : ['tls.cert and tls.key belong together; set both or none'];
}

/** Passwords do not travel in the clear. */
function checkWidth({ controller: { host, port, tlsCert, proxies } }: Config): string[] {
  if (port === null || isLoopback(host) || tlsCert !== null || proxies.length > 0) return [];
  return [
    `${host} is wider than this machine, and passwords would travel in the clear; ` +
      'set tls.cert and tls.key, or name the reverse proxy that adds TLS (proxy = its address), or keep host = 127.0.0.1',
  ];
}

/** True if only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** True if `path` is `folder` or lies below it. */
function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith('../'));
}
