// Secrets at rest: sealed with AES-256-GCM under a key that lies in a file of its own in the data directory, so that a copy
// of the database alone tells nothing.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const KEY_BYTES = 32;
/** As NIST SP 800-38D recommends for GCM. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1.';

export interface Vault {
  /** @param about what it belongs to; it can be opened only as that */
  seal(text: string, about: string): string;
  /** @throws Error if it was sealed as something else, under another key, or was changed */
  open(sealed: string, about: string): string;
}

/**
 * Opens the key file, making it at the first start.
 * @throws Error if others may read it, or it is no key
 */
export function openVault(dataDir: string): Vault {
  const file = path.join(dataDir, 'secrets.key');
  const key = readKey(file);
  return {
    seal(text, about) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(about));
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return VERSION + sealed.toString('base64');
    },
    open(sealed, about) {
      if (!sealed.startsWith(VERSION)) throw new Error('a sealed value of an unknown kind');
      const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(about));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    },
  };
}

function readKey(file: string): Buffer {
  try {
    writeFileSync(file, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const { mode } = statSync(file);
  if ((mode & 0o077) !== 0) {
    throw new Error(`Others may read ${file}, the key of all secrets. chmod 600 it, and have the secrets set anew.`);
  }
  const key = readFileSync(file);
  if (key.length !== KEY_BYTES) {
    throw new Error(`${file} is no key: it has ${key.length} bytes instead of ${KEY_BYTES}. Restore it from a backup.`);
  }
  return key;
}
