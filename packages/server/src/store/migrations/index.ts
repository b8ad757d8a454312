import { first } from './0001-first.ts';

/** In order; the database's `user_version` counts those applied. Never edited once released, only added to. */
export const migrations: readonly string[] = [first];
