// Imports the user database of DoPQ 1.0: a pickleDB file, which is plain JSON of user -> {password: MD5, email}.
import { readFileSync } from 'node:fs';
import { UserName } from '@dopq/contract';
import { z } from 'zod';

export interface ImportedUser {
  name: string;
  email: string | null;
}

export interface ImportedUsers {
  users: ImportedUser[];
  /** Names that cannot be users here, each with the reason. */
  skipped: { name: string; reason: string }[];
}

/**
 * Reads names and e-mails; the MD5 values of passwords are dropped, because they can be turned back into passwords.
 * Tolerates what other versions of the registration stored: only the MD5 text, `null`, other fields, no e-mail.
 * @throws Error that names the file if it cannot be read or is not such a database
 */
export function readPickleDb(file: string): ImportedUsers {
  const database = z.record(z.string(), z.unknown()).safeParse(parseJson(file, readText(file)));
  if (!database.success) {
    throw new Error(`user database ${file} is not a pickleDB file: it has to hold one JSON object of users`);
  }
  const result: ImportedUsers = { users: [], skipped: [] };
  for (const [name, value] of Object.entries(database.data)) {
    const valid = UserName.safeParse(name);
    if (valid.success) result.users.push({ name: valid.data, email: findEmail(value) });
    else result.skipped.push({ name, reason: valid.error.issues[0]?.message ?? 'not a user name' });
  }
  return result;
}

const WithEmail = z.object({ email: z.email() });

function findEmail(value: unknown): string | null {
  const parsed = WithEmail.safeParse(value);
  return parsed.success ? parsed.data.email : null;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`user database ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function parseJson(file: string, text: string): unknown {
  // pickleDB leaves an empty file behind when it is stopped before its first dump.
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`user database ${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
