import { expect, it } from 'vitest';
import { chooseApiVersion } from './version.ts';

it.each([
  ['Docker 20.10', '1.41', '1.12', '1.41'],
  ['Docker 28', '1.51', '1.24', '1.41'],
  ['Docker 29, which dropped the old ones', '1.52', '1.44', '1.44'],
  ['Docker 19.03', '1.40', '1.12', '1.40'],
])('%s is spoken to in a version it has', (_, ApiVersion, MinAPIVersion, expected) => {
  expect(chooseApiVersion({ ApiVersion, MinAPIVersion })).toBe(expected);
});

it('an engine from before GPU requests is refused with what to do', () => {
  expect(() => chooseApiVersion({ ApiVersion: '1.39' })).toThrow('Upgrade Docker');
});
