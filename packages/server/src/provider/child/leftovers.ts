// Names that a killed Provider left in an inbox: a half-written receipt, or a taken archive on its way out.
import { randomBytes } from 'node:crypto';

const NEW = '.dopq-new-';
const OLD = '.dopq-old-';
const MAX_NAME_BYTES = 255;

/** A name for what is still being written; with an id the next try writes over it. */
export function newName(id: string | number = randomBytes(8).toString('hex')): string {
  return `${NEW}${id}`;
}

/** A name for what is about to be removed; it tells what the file was called, unless that would be too long. */
export function oldName(file: string): string {
  const short = OLD + randomBytes(8).toString('hex');
  const full = `${short}-${file}`;
  return Buffer.byteLength(full) <= MAX_NAME_BYTES ? full : short;
}

export function isNewName(name: string): boolean {
  return name.startsWith(NEW);
}

/** What a file was called before it was put aside. */
export function nameBefore(name: string): string | undefined {
  return /^\.dopq-old-[0-9a-f]{16}-(?<file>[^.].*)$/s.exec(name)?.groups?.['file'];
}
