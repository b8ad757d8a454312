// Values that speak of the engine: what is mounted into a job, where the engine answers, which network jobs get.
import { resolve } from 'node:path';
import { RUN_PARAMS } from '@dopq/contract/run-params-table';
import { broken, good, type Kind, type ParseContext, type Parsed, path, splitList } from './kinds.ts';
import type { MountVolume } from './shape.ts';

/** `source:target` or `source:target:ro`, separated by commas. */
export const mounts: Kind<MountVolume[]> = {
  rule: 'folders as /source:/target or /source:/target:ro, separated by commas',
  parse: (text, context) => {
    const volumes: MountVolume[] = [];
    for (const item of splitList(text)) {
      const parsed = parseMount(item, context);
      if (!parsed.ok) return parsed;
      if (volumes.some((volume) => volume.target === parsed.value.target)) {
        return broken(`${mounts.rule}; ${parsed.value.target} is there twice`);
      }
      volumes.push(parsed.value);
    }
    return good(volumes);
  },
  show: (volumes) =>
    volumes.map((volume) => `${volume.source}:${volume.target}${volume.readOnly ? ':ro' : ''}`).join(','),
};

// Mounting over these breaks the container, or shows it the machine.
const RESERVED_TARGETS = ['/', '/proc', '/sys', '/dev'];

function parseMount(item: string, context: ParseContext): Parsed<MountVolume> {
  const [source, target, mode = 'rw', ...rest] = item.split(':').map((part) => part.trim());
  if (!source || !target || rest.length > 0 || (mode !== 'ro' && mode !== 'rw')) {
    return broken(`${mounts.rule}; "${item}" is not`);
  }
  const from = path.parse(source, context);
  if (!from.ok) return from;
  const to = resolve('/', target);
  if (!target.startsWith('/')) return broken(`${mounts.rule}; "${target}" does not start with /`);
  if (RESERVED_TARGETS.some((reserved) => to === reserved || (reserved !== '/' && to.startsWith(`${reserved}/`)))) {
    return broken(`${mounts.rule}; nothing may be mounted at ${to}`);
  }
  return good({ source: from.value, target: to, readOnly: mode === 'ro' });
}

/** Where the Docker Engine answers. */
export const endpoint: Kind<string> = {
  rule: 'unix:///path/to/docker.sock or tcp://host:port',
  parse: (text) => {
    if (/^unix:\/\/\/[^/]/.test(text)) return good(text);
    if (/^tcp:\/\/[^/\s:]+:\d+\/?$/.test(text) || /^tcp:\/\/\[[0-9a-f:]+\]:\d+\/?$/i.test(text)) {
      return good(text.replace(/\/$/, ''));
    }
    return broken(endpoint.rule);
  },
};

/** Name of a network of the engine that DoPQ makes for its jobs. */
export const networkName: Kind<string> = {
  rule: 'a name of letters, digits, "_", "." and "-" that is not host, none, bridge or default',
  parse: (text) => {
    const reserved = ['host', 'none', 'bridge', 'default'].includes(text.toLowerCase());
    return !reserved && /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(text) ? good(text) : broken(networkName.rule);
  },
};

const OPENABLE: readonly string[] = RUN_PARAMS.flatMap((row) => ('openable' in row && row.openable ? [row.key] : []));

/** Keys of run_params that are closed unless the administrator opens them. */
export const openableRunParams: Kind<string[]> = {
  rule: `names separated by commas, of ${OPENABLE.join(', ')}`,
  parse: (text) => {
    const names = [...new Set(splitList(text))];
    const bad = names.find((name) => !OPENABLE.includes(name));
    return bad === undefined ? good(names) : broken(`${openableRunParams.rule}; "${bad}" is none`, bad, OPENABLE);
  },
};
