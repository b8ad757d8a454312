import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Values by key. What is put there is copied. */
export interface Shelf<T> {
  find(key: string): T | undefined;
  put(key: string, value: T): void;
  remove(key: string): void;
  keys(): string[];
}

export function memoryShelf<T>(): Shelf<T> {
  const values = new Map<string, string>();
  return {
    find: (key) => parse(values.get(key)) as T | undefined,
    put: (key, value) => void values.set(key, JSON.stringify(value)),
    remove: (key) => void values.delete(key),
    keys: () => [...values.keys()],
  };
}

/** One file per value, so that several processes may share a folder: each write is whole or not there. */
export function folderShelf<T>(folder: string): Shelf<T> {
  mkdirSync(folder, { recursive: true });
  const fileOf = (key: string) => path.join(folder, `${encodeURIComponent(key)}.json`);
  return {
    find(key) {
      try {
        return parse(readFileSync(fileOf(key), 'utf8')) as T;
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
        throw error;
      }
    },
    put(key, value) {
      const file = fileOf(key);
      writeFileSync(`${file}.${process.pid}.new`, JSON.stringify(value));
      renameSync(`${file}.${process.pid}.new`, file);
    },
    remove: (key) => rmSync(fileOf(key), { force: true }),
    keys: () =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.json'))
        .map((name) => decodeURIComponent(name.slice(0, -'.json'.length))),
  };
}

function parse(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}
