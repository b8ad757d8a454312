// A database on a network share is corrupted sooner or later: locks and memory maps do not work there as SQLite needs them.
import { statfsSync } from 'node:fs';
import { StoreError } from './store-error.ts';

/** `f_type` of statfs(2); the numbers are those of linux/magic.h and of the file systems' own sources. */
const NETWORK: Record<number, string> = {
  0x6969: 'NFS',
  0x517b: 'SMB',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB2',
  0x01021997: '9P',
  0x5346414f: 'AFS',
  0x6b414653: 'AFS',
  0x00c36400: 'Ceph',
  0x0bd00bd0: 'Lustre',
  0x47504653: 'GPFS',
  0x19830326: 'BeeGFS',
  0x01161970: 'GFS2',
  0x7461636f: 'OCFS2',
  0x73757245: 'Coda',
  0x564c: 'NCP',
};

/** Name of the network file system with this number, undefined for others. */
export function networkFileSystem(type: number): string | undefined {
  // Some numbers have the sign bit set.
  return NETWORK[type >>> 0];
}

/**
 * @param typeOf for tests, which have no network file system
 * @throws StoreError if the folder is on one
 */
export function refuseNetworkFileSystem(dir: string, typeOf = (path: string) => statfsSync(path).type): void {
  const name = networkFileSystem(typeOf(dir));
  if (name === undefined) return;
  throw new StoreError(
    `${dir} is on a network file system (${name}), which damages databases. Set [paths] data.dir to a folder on a disk of this machine; the share itself may stay where it is.`,
  );
}
