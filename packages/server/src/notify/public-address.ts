// Which addresses a webhook may go to: those of the internet, and not what only this machine can reach.
import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Special-purpose blocks that are not globally reachable (IANA IPv4 and IPv6 special-purpose address registries). */
const PRIVATE_4 = new BlockList();
// A list of its own: a block of IPv6 that holds the mapped addresses would catch every IPv4 address.
const PRIVATE_6 = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  PRIVATE_4.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of [
  ['::', 3],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['4000::', 2],
  ['8000::', 1],
] as const)
  PRIVATE_6.addSubnet(net, bits, 'ipv6');

/** True for an address of the internet. IPv4 inside IPv6 and other ways to write one are not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return family === 4 ? !PRIVATE_4.check(address, 'ipv4') : !PRIVATE_6.check(address, 'ipv6');
}

export class PrivateAddress extends Error {
  override name = 'PrivateAddress';
}

/** A look-up for a connection that answers public addresses only: what is looked up is what is connected to. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 4);
    const open = addresses.filter(({ address }) => isPublicAddress(address));
    const [first] = open;
    if (!first) return callback(refusalOf(hostname), '', 4);
    return options.all ? callback(null, open) : callback(null, first.address, first.family);
  });
};

/** @throws PrivateAddress if the host is written as an address that is not public: none is looked up then */
export function refuseLiteral(hostname: string): void {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0 && !isPublicAddress(address)) throw refusalOf(hostname);
}

function refusalOf(hostname: string): PrivateAddress {
  return new PrivateAddress(
    `${hostname} is an address inside; webhooks go to the internet unless [notify] webhook.private is yes`,
  );
}
