// Zips byte by byte, so that each field can lie.
import { crc32, deflateRawSync } from 'node:zlib';

export interface RawEntry {
  name: string | Buffer;
  data?: string | Buffer;
  /** 0 = stored, 8 = deflated. */
  method?: number;
  flags?: number;
  crc?: number;
  /** Claimed size of the contents. */
  size?: number;
  /** Claimed size of the packed data. */
  packedSize?: number;
  /** Name in the header before the data, if it differs from the directory's. */
  localName?: string;
  /** Unix mode in the external attributes; 0 = made on DOS. */
  mode?: number;
  dosAttributes?: number;
  extra?: Buffer;
  /** Claimed place of the header, counted from the true one of that entry. */
  offsetOf?: number;
  /** Packed bytes in place of those of `data`. */
  packed?: Buffer;
}

export interface RawZipOptions {
  before?: string | Buffer;
  after?: string | Buffer;
  comment?: string;
  /** Claimed number of entries. */
  count?: number;
  /** Added to the claimed place of the directory. */
  directoryShift?: number;
  betweenDirectoryAndEnd?: string;
}

const UTF8 = 0x0800;
const REGULAR = 0o100644;

export function rawZip(entries: readonly RawEntry[], options: RawZipOptions = {}): Buffer {
  const before = Buffer.from(options.before ?? '');
  const files: Buffer[] = [];
  const offsets: number[] = [];
  let at = 0;
  for (const entry of entries) {
    const file = Buffer.concat([localHeader(entry), packedOf(entry)]);
    offsets.push(at);
    files.push(file);
    at += file.length;
  }
  const directory = Buffer.concat(
    entries.map((entry, index) => directoryRecord(entry, offsets[entry.offsetOf ?? index] ?? 0)),
  );
  const between = Buffer.from(options.betweenDirectoryAndEnd ?? '');
  const end = endRecord(
    options.count ?? entries.length,
    directory.length,
    at + (options.directoryShift ?? 0),
    options.comment ?? '',
  );
  return Buffer.concat([before, ...files, directory, between, end, Buffer.from(options.after ?? '')]);
}

function contentOf({ data = '' }: RawEntry): Buffer {
  return Buffer.from(data);
}

function packedOf(entry: RawEntry): Buffer {
  if (entry.packed) return entry.packed;
  return entry.method === 8 ? deflateRawSync(contentOf(entry)) : contentOf(entry);
}

/** The fields that both headers share, from "version needed" to the extra field's length. */
function common(entry: RawEntry, name: Buffer, extraLength: number): Buffer {
  const content = contentOf(entry);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(entry.flags ?? UTF8, 2);
  fields.writeUInt16LE(entry.method ?? 0, 4);
  fields.writeUInt16LE(0, 6);
  fields.writeUInt16LE(0x5c21, 8);
  fields.writeUInt32LE((entry.crc ?? crc32(content)) >>> 0, 10);
  fields.writeUInt32LE(entry.packedSize ?? packedOf(entry).length, 14);
  fields.writeUInt32LE(entry.size ?? content.length, 18);
  fields.writeUInt16LE(name.length, 22);
  fields.writeUInt16LE(extraLength, 24);
  return fields;
}

function localHeader(entry: RawEntry): Buffer {
  const name = Buffer.from(entry.localName ?? entry.name);
  return Buffer.concat([Buffer.from('PK\u0003\u0004'), common(entry, name, 0), name]);
}

function directoryRecord(entry: RawEntry, offset: number): Buffer {
  const name = Buffer.from(entry.name);
  const extra = entry.extra ?? Buffer.alloc(0);
  const mode = entry.mode ?? REGULAR;
  const madeBy = Buffer.alloc(2);
  madeBy.writeUInt16LE(mode === 0 ? 20 : (3 << 8) | 20);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(((mode << 16) | (entry.dosAttributes ?? 0)) >>> 0, 6);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([Buffer.from('PK\u0001\u0002'), madeBy, common(entry, name, extra.length), rest, name, extra]);
}

function endRecord(count: number, directoryBytes: number, directoryAt: number, comment: string): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 0, 'latin1');
  end.writeUInt16LE(count & 0xffff, 8);
  end.writeUInt16LE(count & 0xffff, 10);
  end.writeUInt32LE(directoryBytes, 12);
  end.writeUInt32LE(directoryAt, 16);
  end.writeUInt16LE(Buffer.byteLength(comment), 20);
  return Buffer.concat([end, Buffer.from(comment)]);
}
