// What a name inside an archive means, and which names no honest archive has.

export type EntryName =
  /** `path` is relative, with single slashes and neither `.` nor `..`; empty for the archive's root. */
  { ok: true; path: string } | { ok: false; why: string; fix: string };

const MAX_PATH_BYTES = 4096;
const MAX_SEGMENT_BYTES = 255;
/** Far more than any project, and few enough to look at every folder of every path. */
const MAX_DEPTH = 100;
const CONTROL = /\p{Cc}/u;
const DRIVE = /^[A-Za-z]:/;

/** Reads an archive's raw name: UTF-8 (or ASCII) only, `./` dropped, backslashes taken for the slashes they mean. */
export function readEntryName(raw: Uint8Array): EntryName {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    return refuse(
      'is not valid UTF-8',
      'Rename the file with plain letters, or zip it with a tool that writes UTF-8 names.',
    );
  }
  return parseEntryName(text);
}

export function parseEntryName(text: string): EntryName {
  if (CONTROL.test(text)) return refuse('has control characters', 'Rename the file.');
  const slashed = text.replaceAll('\\', '/');
  if (slashed.startsWith('/')) return refuse('is an absolute path', 'Zip the folder by its relative name.');
  if (DRIVE.test(slashed)) return refuse('names a drive', 'Zip the folder by its relative name.');
  const segments = slashed.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..'))
    return refuse('leaves the archive with ".."', 'Zip the folder from inside, without "..".');
  const path = segments.join('/');
  const tooLong =
    Buffer.byteLength(path) > MAX_PATH_BYTES || segments.some((part) => Buffer.byteLength(part) > MAX_SEGMENT_BYTES);
  if (segments.length > MAX_DEPTH) return refuse(`lies in more than ${MAX_DEPTH} folders`, 'Move it up.');
  if (tooLong) return refuse('is too long for a file system', 'Shorten the name.');
  return { ok: true, path };
}

/** What Finder and Explorer add on their own; never part of a build context. */
export function isJunk(path: string): boolean {
  const segments = path.split('/');
  const base = segments.at(-1) ?? '';
  return (
    segments[0] === '__MACOSX' || base.startsWith('._') || ['.DS_Store', 'Thumbs.db', 'desktop.ini'].includes(base)
  );
}

function refuse(why: string, fix: string): EntryName {
  return { ok: false, why, fix };
}
