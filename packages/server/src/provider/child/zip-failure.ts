// What zip.js says about a broken archive, in words for the person who made it.
import * as zip from '@zip.js/zip.js';
import { ArchiveFailure, type ArchivePlace, archiveProblem, refusal } from './archive-failure.ts';

const AGAIN = 'Zip the folder again and check it with "unzip -t" before you drop it.';

/** Message of zip.js -> rule, message, fix, and whether it may be an unfinished copy. */
type Failure = [rule: string, message: string, fix: string, damaged?: boolean];

const FAILURES: Record<string, Failure> = {
  [zip.ERR_EOCDR_NOT_FOUND]: [
    'a zip ends with an end record',
    'has no end record: it was cut off or is no zip',
    AGAIN,
    true,
  ],
  [zip.ERR_BAD_FORMAT]: ['a zip file', 'is no zip file', AGAIN, true],
  [zip.ERR_CENTRAL_DIRECTORY_NOT_FOUND]: ['a zip with a whole directory', 'has a damaged directory', AGAIN, true],
  [zip.ERR_EOCDR_LOCATOR_ZIP64_NOT_FOUND]: [
    'a zip with a whole directory',
    'has a damaged zip64 directory',
    AGAIN,
    true,
  ],
  [zip.ERR_LOCAL_FILE_HEADER_NOT_FOUND]: [
    'every entry starts with a header',
    'has no header where the directory says',
    AGAIN,
    true,
  ],
  [zip.ERR_INVALID_CRC32]: [
    'the checksum has to match',
    'has a wrong checksum: its bytes were changed or lost',
    AGAIN,
    true,
  ],
  [zip.ERR_INVALID_COMPRESSED_DATA]: [
    'the data has to unpack',
    'cannot be unpacked: its bytes were changed or lost',
    AGAIN,
    true,
  ],
  [zip.ERR_ENTRY_DATA_OUT_OF_BOUNDS]: [
    'data inside the file',
    'says that its data lies outside of the archive',
    AGAIN,
    true,
  ],
  [zip.ERR_INVALID_UNCOMPRESSED_SIZE]: ['true sizes', 'unpacks to another size than it says', AGAIN, true],
  [zip.ERR_EXTRAFIELD_ZIP64_NOT_FOUND]: ['a complete zip64 record', 'lacks its zip64 record', AGAIN],
  [zip.ERR_ENCRYPTED]: ['no passwords', 'is protected by a password', 'Zip it without a password.'],
  [zip.ERR_ENCRYPTED_CENTRAL_DIRECTORY]: ['no passwords', 'is encrypted', 'Zip it without a password.'],
  [zip.ERR_UNSUPPORTED_ENCRYPTION]: ['no passwords', 'is encrypted', 'Zip it without a password.'],
  [zip.ERR_UNSUPPORTED_COMPRESSION]: [
    'compression "deflate" or "store"',
    'uses a compression that is not supported',
    'Zip it with the usual method (deflate).',
  ],
  [zip.ERR_SPLIT_ZIP_FILE]: ['one file', 'is one part of a split zip', 'Make one zip without splitting.'],
  [zip.ERR_OVERLAPPING_ENTRY]: [
    'every entry has its own bytes',
    'shares its bytes with another entry (a zip bomb)',
    AGAIN,
  ],
  [zip.ERR_AMBIGUOUS_ARCHIVE]: ['a zip that can be read in one way only', 'can be read in two ways', AGAIN],
};

/** Whatever zip.js stumbles over as a failure of this archive; only errors of the disk are thrown on. */
export function failureOf(error: unknown, place: ArchivePlace): ArchiveFailure {
  if (error instanceof ArchiveFailure) return error;
  // Our own disk: not the archive's fault.
  if (error instanceof Error && 'syscall' in error) throw error;
  const text = error instanceof Error ? error.message : String(error);
  const unknown: Failure = ['a zip that can be read', `cannot be read (${text})`, AGAIN, true];
  const [rule, message, fix, damaged = false] = FAILURES[text] ?? unknown;
  const reason = error instanceof Error && 'reason' in error ? ` (${String(error.reason)})` : '';
  return new ArchiveFailure(damaged, archiveProblem(place, rule, message + reason, fix));
}

/** Oddities that zip.js would let pass and that another tool might read differently. */
const FORBIDDEN_WARNINGS: Record<string, string> = {
  [zip.WARNING_APPENDED_DATA]: 'has bytes after its end',
  [zip.WARNING_PREPENDED_DATA]: 'has bytes before its first entry',
  [zip.WARNING_PREPENDED_CENTRAL_DIRECTORY]: 'has a second directory before its own',
  [zip.WARNING_TRAILING_CENTRAL_DIRECTORY_DATA]: 'has bytes after its directory',
  [zip.WARNING_MISMATCHED_CENTRAL_DIRECTORY_OFFSET]: 'has its directory elsewhere than it says',
  [zip.WARNING_MISMATCHED_ZIP64_END_OF_CENTRAL_DIRECTORY]: 'has two end records that disagree',
  [zip.WARNING_MISSING_ZIP64_EXTRA_FIELD]: 'lacks a zip64 record',
  [zip.WARNING_WRAPPED_ENTRIES_COUNT]: 'has more entries than it says',
  [zip.WARNING_UNKNOWN_ZIP64_EXTENSIBLE_DATA]: 'has unknown data in its end record',
  [zip.WARNING_COMPRESSED_PATCHED_DATA]: 'holds a patch instead of a file',
};

/** @throws ArchiveFailure if the archive is one that different tools read differently */
export function refuseAmbiguous(warnings: readonly zip.ArchiveWarning[], archive: string): void {
  for (const { reason, filename } of warnings) {
    const message = FORBIDDEN_WARNINGS[reason];
    if (message) throw refusal({ archive, entry: filename }, 'a zip that can be read in one way only', message, AGAIN);
  }
}
