import { expect, it } from 'vitest';
import { applyInstruction, argumentsOf, parseDockerfile } from './dockerfile.ts';

it('instructions are read over comments and continued lines', () => {
  const text = '# a comment\r\nfrom busybox AS base\r\n\nRUN echo one && \\\n  # in between\n    echo two\nCMD ["sh"]';
  expect(parseDockerfile(text)).toEqual([
    { name: 'FROM', text: 'busybox AS base' },
    { name: 'RUN', text: 'echo one &&      echo two' },
    { name: 'CMD', text: '["sh"]' },
  ]);
});

it.each([
  ['FROM a\nFOO b', 'dockerfile parse error line 2: unknown instruction: FOO'],
  ['', 'the Dockerfile (Dockerfile) cannot be empty'],
  ['RUN true', 'no build stage in current context'],
])('what is wrong with %j is said as the engine does', (text, message) => {
  expect(parseDockerfile(text)).toBe(message);
});

it('a command is a list of words, or a line for the shell', () => {
  expect(argumentsOf('["python", "a.py"]')).toEqual(['python', 'a.py']);
  expect(argumentsOf('python a.py')).toEqual(['/bin/sh', '-c', 'python a.py']);
  expect(argumentsOf('["python", 1]')).toEqual(['/bin/sh', '-c', '["python", 1]']);
});

it('an entrypoint takes the command of the base away; variables add up', () => {
  const base = { command: ['sh'], entrypoint: [], env: { A: '1' } };
  expect(applyInstruction(base, { name: 'ENTRYPOINT', text: '["run"]' })).toEqual({
    ...base,
    command: [],
    entrypoint: ['run'],
  });
  expect(applyInstruction(base, { name: 'ENV', text: 'B=2 C="two words"' }).env).toEqual({
    A: '1',
    B: '2',
    C: 'two words',
  });
  expect(applyInstruction(base, { name: 'ENV', text: 'A one two' }).env).toEqual({ A: 'one two' });
});
