// ARCHITECTURE.md says who knows whom. An import of a type is no acquaintance: nothing of it is left when the program runs.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const SRC = import.meta.dirname;
const ACTORS = ['provider', 'queue', 'controller'];
const ADAPTERS = ['store', 'engines', 'hardware'];

/** Folder of the source -> the files in it that import something of another folder, other than types. */
function importsBetweenFolders(): { file: string; from: string; to: string }[] {
  const files = globSync('**/*.ts', { cwd: SRC }).filter((file) => !/\.(test|fixture|conformance)\.ts$/.test(file));
  return files.flatMap((file) => {
    const text = readFileSync(path.join(SRC, file), 'utf8');
    const specifiers = [...text.matchAll(/^(?:import|export) (?!type )(?:[^;]*? from )?'(\..*?)';/gms)];
    return specifiers.flatMap(([, specifier = '']) => {
      const target = path.join(path.dirname(file), specifier);
      const [from = '', to = ''] = [file, target].map((name) => name.split(path.sep)[0]);
      return from === to ? [] : { file, from, to };
    });
  });
}

const between = importsBetweenFolders();

test('the imports between folders are found', () => {
  expect(between).toContainEqual({ file: 'server.ts', from: 'server.ts', to: 'queue' });
  expect(between.filter(({ from, to }) => from === 'queue' && to === 'queue-rules').length).toBeGreaterThan(3);
});

test.each(ACTORS)('%s imports no other actor', (actor) => {
  expect(between.filter(({ from, to }) => from === actor && ACTORS.includes(to))).toEqual([]);
});

test.each(ADAPTERS)('%s imports neither another adapter nor an actor', (adapter) => {
  expect(between.filter(({ from, to }) => from === adapter && [...ADAPTERS, ...ACTORS].includes(to))).toEqual([]);
});

test.each(['queue-rules', 'conventions'])('%s, which actors share, imports none of them', (shared) => {
  expect(between.filter(({ from, to }) => from === shared && ACTORS.includes(to))).toEqual([]);
});
