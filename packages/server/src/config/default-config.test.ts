import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig, parseConfig } from './config.ts';
import { formatDefaultConfig, writeDefaultConfig } from './default-config.ts';
import { makeFolders } from './folders.ts';
import { parseIni } from './ini.ts';
import { KEYS } from './keys.ts';
import { describeConfig, formatConfig } from './print-config.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dopq-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('the first start', () => {
  test('writes every key under a comment, with everything below one folder', () => {
    const file = join(folder, 'new/config.ini');
    const dataHome = join(folder, '100% data');
    expect(writeDefaultConfig({ file, dataHome })).toBe(true);
    const text = readFileSync(file, 'utf8');
    const { ini, problems } = parseIni(text);
    expect(problems).toEqual([]);
    for (const key of KEYS) {
      const value = ini.sections.get(key.section)?.values.get(key.name);
      expect(value, `[${key.section}] ${key.name}`).toBeDefined();
      expect(text.split('\n')[(value?.line ?? 0) - 2]).toMatch(/^# /);
    }
    const { paths } = loadConfig(file).config;
    for (const path of [paths.data, paths.container, paths.network, paths.log, paths.failed]) {
      expect(path.startsWith(`${dataHome}/`)).toBe(true);
      expect(statSync(path).isDirectory()).toBe(true);
    }
    expect(modeOf(paths.data)).toBe('700');
    expect(modeOf(paths.network)).toBe('755');
    expect(readdirSync(join(folder, 'new'))).toEqual(['config.ini']);
  });

  test('leaves a file that is there, and makes nothing', () => {
    const file = join(folder, 'config.ini');
    writeFileSync(file, '# mine\n');
    expect(writeDefaultConfig({ file, dataHome: join(folder, 'data') })).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe('# mine\n');
    expect(readdirSync(folder)).toEqual(['config.ini']);
  });
});

describe('the folders of a configuration', () => {
  const configOf = (lines: string) =>
    parseConfig(`[paths]\ndata.dir = data\nnetwork.dir = share\n${lines}`, { file: join(folder, 'config.ini') }).config;

  test('are made, but not the share, which may be a drive that is not mounted', () => {
    expect(makeFolders(configOf(''))).toEqual([]);
    expect(readdirSync(folder)).toEqual(['data']);
    expect(readdirSync(join(folder, 'data')).sort()).toEqual(['container', 'failed', 'log']);
  });

  test('a data directory that others may enter is closed to them', () => {
    mkdirSync(join(folder, 'data'), { mode: 0o755 });
    makeFolders(configOf(''));
    expect(modeOf(join(folder, 'data'))).toBe('700');
  });

  test('a data directory that is shared by design is refused and left as it is', () => {
    const shared = parseConfig(`[paths]\ndata.dir = ${tmpdir()}\nnetwork.dir = /share\n`, {
      file: join(folder, 'c.ini'),
    });
    const mode = modeOf(tmpdir());
    expect(() => makeFolders(shared.config)).toThrow(/\[paths\] data\.dir = .* cannot be used: .* is shared by design/);
    expect(modeOf(tmpdir())).toBe(mode);
  });

  test('a file in the place of a folder stops the start only where DoPQ cannot do without it', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeFolders(configOf('container.dir = file\n'))).toThrow(/container\.dir = .* is not a folder/);
    expect(makeFolders(configOf('log.dir = file\n'))).toEqual([expect.stringMatching(/^log\.dir: .* is not a folder/)]);
  });

  test('a source of mount.volumes that is missing is told', () => {
    expect(makeFolders(configOf('[docker]\nmount.volumes = nowhere:/x\n'))).toEqual([
      expect.stringMatching(/^mount\.volumes: .*\/nowhere cannot be used/),
    ]);
  });
});

describe('--print-config', () => {
  const loaded = parseConfig(`[paths]\nhistory.dir = h\nnetwork.dir = s\n[docker]\nnetwork.mode = host\n`, {
    file: '/etc/dopq/config.ini',
    env: { DOCKER_HOST: 'tcp://h:1' },
  });

  test('shows each value under its origin', () => {
    const text = formatConfig(loaded);
    expect(text).toContain('# /etc/dopq/config.ini:3\nnetwork.dir = /etc/dopq/s\n');
    expect(text).toContain('# default, from history.dir\ndata.dir = /etc/dopq/h\n');
    expect(text).toContain('# environment DOCKER_HOST\nhost = tcp://h:1\n');
    expect(text).toMatch(/# \/etc\/dopq\/config\.ini:5; no effect: 1\.0 never applied it.*\nnetwork\.mode = host\n/);
    expect(text).toContain('# default\nhalf.life = 7\n');
  });

  test('is itself a configuration that means the same', () => {
    const again = parseConfig(formatConfig(loaded), { file: '/elsewhere/config.ini' }).config;
    expect({ ...again, file: '', legacy: true }).toEqual({ ...loaded.config, file: '' });
  });

  test('gives the same as data', () => {
    expect(JSON.parse(JSON.stringify(describeConfig(loaded)))).toMatchObject({
      legacy: true,
      settings: expect.arrayContaining([
        {
          section: 'docker',
          key: 'host',
          value: 'tcp://h:1',
          origin: 'environment DOCKER_HOST',
          effect: true,
        },
        expect.objectContaining({ key: 'unzip.dir', effect: false, reason: expect.any(String) }),
      ]),
      config: { docker: { endpoint: 'tcp://h:1' } },
    });
  });
});

test('a home with signs that mean something in the file is written so that it is read back', () => {
  for (const home of ['/a b', '/50%', '/x#y', '/x;y', '/a=b:c', '/%(home)s', '/{data}']) {
    expect(parseConfig(formatDefaultConfig(home), { file: '/c.ini' }).config.paths.network).toBe(`${home}/share`);
  }
});
