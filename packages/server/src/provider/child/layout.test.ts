import { describe, expect, test } from 'vitest';
import { findConfig, findDockerfile, findImageTar } from './layout.ts';

const ZIP = 'job.zip';

describe('container_config.json is found', () => {
  test.each([
    ['at the top', ['container_config.json', 'sub/container_config.json'], 'container_config.json'],
    [
      'in the folder that everything lies in',
      ['p/container_config.json', 'p/old/container_config.json'],
      'p/container_config.json',
    ],
    [
      'in the single sub-folder that holds it',
      ['readme.md', 'p/container_config.json', 'q/x'],
      'p/container_config.json',
    ],
    ['deeper down, if there is only one', ['a/b/container_config.json', 'c'], 'a/b/container_config.json'],
  ])('%s', (_, paths, path) => {
    expect(findConfig(paths, ZIP)).toEqual({ ok: true, path });
  });
});

describe('container_config.json is missed', () => {
  test.each([
    ['none', ['Dockerfile'], 'holds no container_config.json', 'Add a file'],
    ['another case', ['Container_Config.json'], 'but Container_Config.json', 'Rename'],
    [
      'several',
      ['a/container_config.json', 'b/container_config.json'],
      'a/container_config.json, b/container_config.json',
      'top',
    ],
    ['an empty zip', [], 'holds no container_config.json', 'Add a file'],
    [
      'a longer name',
      ['my_container_config.json', 'container_config.json.bak'],
      'holds no container_config.json',
      'Add a file',
    ],
  ])('%s', (_, paths, message, fix) => {
    const found = findConfig(paths, ZIP);
    expect(!found.ok && found.problem.message).toContain(message);
    expect(!found.ok && found.problem.fix).toContain(fix);
  });
});

describe('the Dockerfile is found', () => {
  test.each([
    [
      'at the top before all others',
      ['Dockerfile', 'p/Dockerfile', 'p/container_config.json'],
      'p/container_config.json',
      'Dockerfile',
    ],
    [
      'beside the configuration',
      ['a/Dockerfile', 'b/Dockerfile', 'b/container_config.json'],
      'b/container_config.json',
      'b/Dockerfile',
    ],
    [
      'in a folder of its own',
      ['container_config.json', 'docker/Dockerfile'],
      'container_config.json',
      'docker/Dockerfile',
    ],
  ])('%s', (_, paths, configPath, path) => {
    expect(findDockerfile(paths, ZIP, configPath)).toEqual({ ok: true, path });
  });

  test('a file that only ends in its name is not it', () => {
    expect(findDockerfile(['old.Dockerfile', 'Dockerfile.gpu'], ZIP, 'container_config.json').ok).toBe(false);
  });
});

test('of an image in a zip there may be one', () => {
  expect(findImageTar(['x/Image.TAR', 'a.txt'], ZIP, ['tar'])).toEqual({ ok: true, path: 'x/Image.TAR' });
  expect(findImageTar(['a.tar', 'b.tar'], ZIP, ['tar'])).toMatchObject({ ok: false });
  expect(findImageTar(['a.txt'], ZIP, ['tar'])).toMatchObject({ ok: false });
});
