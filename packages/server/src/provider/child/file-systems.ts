// Which file systems say who owns a file. Others (CIFS, FUSE, FAT) show every file as belonging to who mounted them.

/** Magic numbers of statfs(2), from linux/magic.h and the file systems' own sources. */
const KEEP_OWNERS = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0x01021994, // tmpfs
  0x6969, // NFS
  0x2fc12fc1, // ZFS
  0x794c7630, // overlayfs
  0xca451a4e, // bcachefs
  0xf2f52010, // F2FS
  0x00c36400, // CephFS
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
  0x19830326, // BeeGFS
]);

/** Those of them that are on this machine: what they say comes at once, and is true for everybody. */
const LOCAL = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x2fc12fc1, 0x794c7630, 0xca451a4e, 0xf2f52010]);

/** @param type `type` of a statfs */
export function isLocal(type: number): boolean {
  return LOCAL.has(type >>> 0);
}

/** @param type `type` of a statfs */
export function keepsOwners(type: number): boolean {
  return KEEP_OWNERS.has(type >>> 0);
}
