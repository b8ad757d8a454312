// Values that speak of the network: where the controller listens, and who may stand before it.
import { isIP } from 'node:net';
import { broken, good, type Kind, splitList } from './kinds.ts';

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;

/** An address of this machine, or a name of it. */
export const host: Kind<string> = {
  rule: 'an address or name of this machine, such as 127.0.0.1, ::1, 0.0.0.0 (all of them) or gpu-box',
  parse: (text) => (isIP(text) || HOST_NAME.test(text) ? good(text.toLowerCase()) : broken(host.rule)),
};

/** A TCP port: null = none, 0 = any that is free. */
export const portOrNone: Kind<number | null> = {
  rule: 'a port from 1 to 65535, auto for any that is free, or none (or 0) to open none',
  parse: (text) => {
    const word = text.toLowerCase();
    if (word === 'none' || word === '0') return good(null);
    if (word === 'auto') return good(0);
    const port = /^\d{1,5}$/.test(word) ? Number(word) : Number.NaN;
    return port >= 1 && port <= 65_535 ? good(port) : broken(portOrNone.rule, text, ['none', 'auto']);
  },
  show: (port) => (port === null ? 'none' : port === 0 ? 'auto' : String(port)),
};

/** Where e-mail is handed in; null = nowhere. */
export const mailServer: Kind<string | null> = {
  rule: 'smtp://host:port or smtps://user:password@host:port; empty for none',
  parse: (text) => {
    if (text === '') return good(null);
    const isMail = URL.canParse(text) && ['smtp:', 'smtps:'].includes(new URL(text).protocol);
    return isMail && new URL(text).hostname !== '' ? good(text) : broken(mailServer.rule);
  },
  // Shown by --print-config: not with the password.
  show: (value) => (value ?? '').replace(/^(\w+:\/\/[^:@]*):[^@]*@/, '$1:***@'),
};

/** Addresses of machines, separated by commas. */
export const addresses: Kind<string[]> = {
  rule: 'IP addresses separated by commas, for example 10.0.0.5, ::1',
  parse: (text) => {
    const items = splitList(text);
    const bad = items.find((item) => isIP(item) === 0);
    return bad === undefined ? good(items) : broken(`${addresses.rule}; "${bad}" is none`);
  },
};

/** Names of this machine, separated by commas, lower case. */
export const hostNames: Kind<string[]> = {
  rule: 'host names separated by commas, for example dopq.lab.example',
  parse: (text) => {
    const items = splitList(text).map((item) => item.toLowerCase());
    const bad = items.find((item) => !HOST_NAME.test(item));
    return bad === undefined ? good(items) : broken(`${hostNames.rule}; "${bad}" is none`);
  },
};
