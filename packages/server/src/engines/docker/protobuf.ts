// Just enough of the protobuf wire format to read BuildKit's progress: varints and length-delimited fields.

type Field = [number: number, value: Buffer | bigint];

/** The fields of one message, in order. Throws an Error on bytes that are none. */
export function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0;
  while (at < message.length) {
    const key = readVarint(message, at);
    at = key.next;
    const number = Number(key.value >> 3n);
    const wire = Number(key.value & 7n);
    if (wire === 0) {
      const { value, next } = readVarint(message, at);
      yield [number, value];
      at = next;
    } else if (wire === 2) {
      const { value: length, next } = readVarint(message, at);
      at = next + Number(length);
      if (at > message.length) throw new Error('a protobuf field is longer than its message');
      yield [number, message.subarray(next, at)];
    } else if (wire === 1 || wire === 5) {
      at += wire === 1 ? 8 : 4;
    } else {
      throw new Error(`protobuf wire type ${wire} is not known`);
    }
  }
}

export function textOf(value: Buffer | bigint | undefined): string {
  return Buffer.isBuffer(value) ? value.toString() : '';
}

function readVarint(bytes: Buffer, start: number): { value: bigint; next: number } {
  let value = 0n;
  for (let at = start, shift = 0n; at < bytes.length && shift < 70n; at += 1, shift += 7n) {
    const byte = bytes.readUInt8(at);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value, next: at + 1 };
  }
  throw new Error('a protobuf number does not end');
}
