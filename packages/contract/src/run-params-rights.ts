// Readers of what could reach beyond the job: network, capabilities, namespaces. Each names what it accepts.
import { z } from 'zod';
import { showValue } from './problem.ts';
import { isObject, type Read } from './run-params-ask.ts';
import { DOMAIN_NAME, isTextList, isWhole } from './run-params-text.ts';

export const network: Read = ({ value, refuse, note }) => {
  if (value === 'none') return { network: 'none' };
  if (value !== 'bridge' && value !== 'default') return refuse();
  note('jobs join the network of DoPQ, which is a bridge');
  return {};
};

export const ipcMode: Read = ({ value, refuse }) =>
  value === 'private' || value === 'shareable' ? { ipcMode: value } : refuse();

export const cgroupns: Read = ({ value, refuse }) => (value === 'private' ? { cgroupns: 'private' } : refuse());

export const securityOpt: Read = ({ value, refuse }) => {
  const right = isTextList(value) && value.every((item) => /^no-new-privileges([:=]true)?$/.test(item));
  return right ? {} : refuse();
};

const CAPABILITIES = new Set(
  (
    'ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH ' +
    'FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN ' +
    'NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT ' +
    'SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM'
  ).split(' '),
);
const GRANTABLE = new Set(['SYS_PTRACE', 'IPC_LOCK', 'SYS_NICE']);

/** A reader of capabilities, with or without `CAP_`, in any case. */
export function capabilities(key: 'capAdd' | 'capDrop'): Read {
  const known = key === 'capAdd' ? GRANTABLE : CAPABILITIES;
  return ({ value, refuse }) => {
    if (!isTextList(value)) return refuse();
    const names = value.map((name) => name.toUpperCase().replace(/^CAP_/, ''));
    const unknown = names.findIndex((name) => !known.has(name));
    if (unknown >= 0) return refuse(`is ${showValue(value[unknown])}`, { at: unknown });
    return names.length === 0 ? {} : { [key]: [...new Set(names)] };
  };
}

export const sysctls: Read = ({ value, refuse }) => {
  if (!isObject(value)) return refuse();
  const found: Record<string, string> = {};
  for (const [name, setting] of Object.entries(value)) {
    const text = String(setting).trim().replace(/\s+/g, ' ');
    const numbers = /^\d{1,5}( \d{1,5})?$/.test(text) ? text.split(' ').map(Number) : [];
    const [low, high] = numbers;
    const right =
      name === 'net.core.somaxconn'
        ? numbers.length === 1 && isWhole(low, 1, 65_535)
        : name === 'net.ipv4.ip_local_port_range' &&
          numbers.length === 2 &&
          isWhole(low, 1024, 65_535) &&
          isWhole(high, low + 1, 65_535);
    if (!right || typeof setting === 'object') return refuse(`is ${showValue(setting)}`, { at: name });
    found[name] = text;
  }
  return Object.keys(found).length === 0 ? {} : { sysctls: found };
};

const IpAddress = z.union([z.ipv4(), z.ipv6()]);
const isIpAddress = (value: unknown): value is string => IpAddress.safeParse(value).success;

/** A reader of a bounded list of texts that all have one form. */
export function texts(key: 'dns' | 'dnsSearch' | 'dnsOptions', most: number, isRight: (text: string) => boolean): Read {
  return ({ value, refuse }) =>
    isTextList(value) && value.length <= most && value.every(isRight) ? { [key]: value } : refuse();
}

export const dns: Read = texts('dns', 3, isIpAddress);
export const dnsSearch: Read = texts('dnsSearch', 6, (text) => DOMAIN_NAME.test(text));
export const dnsOptions: Read = texts('dnsOptions', 8, (text) => /^[a-z][a-z0-9-]{0,30}(:\d{1,3})?$/.test(text));

export const extraHosts: Read = ({ value, refuse }) => {
  const entries = isObject(value) ? Object.entries(value) : isTextList(value) ? value.map(hostAndAddress) : undefined;
  if (entries === undefined || entries.length > 64) return refuse();
  for (const [name, address] of entries) {
    if (!DOMAIN_NAME.test(name) || !isIpAddress(address)) return refuse(`is ${showValue(address)}`, { at: name });
  }
  return { extraHosts: Object.fromEntries(entries) as Record<string, string> };
};

function hostAndAddress(item: string): [string, string] {
  const at = item.search(/[:=]/);
  return at < 0 ? [item, ''] : [item.slice(0, at), item.slice(at + 1)];
}
