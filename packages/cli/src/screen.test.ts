import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';

test.each([
  ['an end', '{ using screen = onOtherScreen(); process.stdout.write("x"); }', 0],
  ['an error that nobody caught', 'onOtherScreen(); process.stdout.write("x"); throw new Error("bug")', 1],
  ['process.exit', 'onOtherScreen(); process.stdout.write("x"); process.exit(3)', 3],
])('the usual screen comes back after %s', (_, code, status) => {
  const module = new URL('./screen.ts', import.meta.url).href;
  const script = `import { onOtherScreen } from ${JSON.stringify(module)}; ${code}`;
  const ran = spawnSync('node', ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect({ stdout: ran.stdout, status: ran.status }).toEqual({ stdout: `${ENTER}x${LEAVE}`, status });
});
