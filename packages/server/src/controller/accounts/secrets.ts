// Random secrets: for cookies and tokens, and as codes that people type.
import { createHash, randomBytes } from 'node:crypto';

/** So that scanners of leaked secrets, and people, see what it is. */
export const TOKEN_PREFIX = 'dopq_';

/** 256 random bits. */
export function makeSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Crockford's base32: nothing that looks like something else. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 80 random bits in groups of four, to be typed: `7K2M-9QXT-4B0C-WZ3R`. */
export function makeCode(): string {
  const text = Array.from(randomBytes(16), (byte) => LETTERS[byte % 32]).join('');
  return (text.match(/.{4}/g) ?? []).join('-');
}

/** As it is compared: whatever people make of case, dashes and look-alikes. */
export function normalizeCode(code: string): string {
  return code
    .toUpperCase()
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
    .replaceAll(/[^0-9A-Z]/g, '');
}

export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
