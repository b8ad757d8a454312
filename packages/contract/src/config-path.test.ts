import { posix } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveConfigPath } from './config-path.ts';

const ana = { home: '/home/ana', uid: 1000, cwd: '/home/ana/work', env: {} };

describe('where config.ini is', () => {
  test.each([
    [
      'the flag wins over the environment',
      { ...ana, flag: '/x/c.ini', env: { DOPQ_CONFIG: '/y.ini' } },
      '/x/c.ini',
      'flag',
    ],
    ['the environment wins over the default', { ...ana, env: { DOPQ_CONFIG: 'y.ini' } }, '/home/ana/work/y.ini', 'env'],
    [
      'an empty variable is no variable',
      { ...ana, env: { DOPQ_CONFIG: '' } },
      '/home/ana/.config/dopq/config.ini',
      'default',
    ],
    ['root has the system place', { ...ana, uid: 0 }, '/etc/dopq/config.ini', 'default'],
    ['XDG_CONFIG_HOME is heeded', { ...ana, env: { XDG_CONFIG_HOME: '/cfg' } }, '/cfg/dopq/config.ini', 'default'],
    [
      'a relative XDG variable is ignored',
      { ...ana, env: { XDG_CONFIG_HOME: 'cfg' } },
      '/home/ana/.config/dopq/config.ini',
      'default',
    ],
  ])('%s', (_title, options, file, origin) => {
    expect(resolveConfigPath(options)).toMatchObject({ file, origin });
  });

  test.each([
    [{ ...ana }, '/home/ana/.local/share/dopq'],
    [{ ...ana, env: { XDG_DATA_HOME: '/data' } }, '/data/dopq'],
    [{ ...ana, uid: 0 }, '/var/lib/dopq'],
    [{ ...ana, flag: '../lab/config.ini' }, '/home/ana/lab/dopq-data'],
  ])('the data of a first start lies where that file belongs (%#)', (options, dataHome) => {
    expect(resolveConfigPath(options).dataHome).toBe(dataHome);
  });

  test('names are resolved as the file system resolves them', () => {
    const part = fc.constantFrom('..', '.', 'a', 'b c', '', 'config.ini');
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), fc.boolean(), (parts, absolute) => {
        const flag = `${absolute ? '/' : ''}${parts.join('/')}`;
        expect(resolveConfigPath({ ...ana, flag }).file).toBe(posix.resolve(ana.cwd, flag));
      }),
    );
  });
});
