import { expect, test } from 'vitest';
import { parseDockerIgnore } from './docker-ignore.ts';

// Which files stay, by the rules of https://docs.docker.com/build/concepts/context/#dockerignore-files
test.each([
  ['', ['a', 'dir/b'], ['a', 'dir/b']],
  ['# comment\n\n  \n', ['a'], ['a']],
  ['*.pyc', ['a.pyc', 'dir/a.pyc'], ['dir/a.pyc']],
  ['**/*.pyc', ['a.pyc', 'dir/a.pyc', 'a.py'], ['a.py']],
  ['data', ['data', 'data/big', 'dir/data', 'database'], ['dir/data', 'database']],
  ['/data/', ['data/big', 'a'], ['a']],
  ['data\n!data/small', ['data/big', 'data/small'], ['data/small']],
  ['*\n!src', ['a', 'src/main.py', 'src/deep/x'], ['src/main.py', 'src/deep/x']],
  ['*.md\n!README*.md\nREADME-secret.md', ['a.md', 'README.md', 'README-secret.md'], ['README.md']],
  ['temp?', ['tempa', 'temp', 'tempab'], ['temp', 'tempab']],
  ['*', ['Dockerfile', 'container_config.json', 'a'], ['Dockerfile', 'container_config.json']],
])('with .dockerignore %j of %j stay %j', (text, paths, staying) => {
  const isIgnored = parseDockerIgnore(text);
  expect(paths.filter((path) => !isIgnored(path))).toEqual(staying);
});
