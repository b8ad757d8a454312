import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseConfig } from './config.ts';
import { KEYS } from './keys.ts';
import { formatReference } from './reference.ts';

test('docs/configuration.md is what the table of keys gives (else run scripts/generate-configuration-doc.ts)', () => {
  const page = readFileSync(new URL('../../../../docs/configuration.md', import.meta.url), 'utf8');
  expect(page).toBe(formatReference());
});

test('each key is there once and each field of Config has its key', () => {
  const names = KEYS.map((key) => `[${key.section}] ${key.name}`);
  expect(new Set(names).size).toBe(names.length);
  const { config } = parseConfig('[paths]\ndata.dir = /d\nnetwork.dir = /s\n', { file: '/c.ini' });
  const fields = Object.entries(config).flatMap(([section, values]) =>
    typeof values === 'object' ? Object.keys(values).map((name) => `${section}.${name}`) : [],
  );
  expect(fields.sort()).toEqual(KEYS.flatMap((key) => key.field ?? []).sort());
});
