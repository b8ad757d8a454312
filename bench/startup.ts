// (t) What a person waits for: the start of the command line beside that of bare Node, both with warm caches.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startDopq } from '@dopq/testbed';
import { median, timed } from './figures.ts';

const ROUNDS = 15;
const run = promisify(execFile);
const LAUNCHER = fileURLToPath(new URL('../dopq', import.meta.url));
const NODE = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));

export async function startup(): Promise<string[]> {
  await using dopq = await startDopq();
  const env = { ...process.env, DOPQ_CONFIG: dopq.config };
  const commands: [string, string, string[]][] = [
    ['node -e 0', NODE, ['-e', '0']],
    ['dopq --version', LAUNCHER, ['--version']],
    ['dopq --help', LAUNCHER, ['--help']],
    ['dopq ps', LAUNCHER, ['ps']],
    ['a Tab', LAUNCHER, ['complete', '--', 'cancel', '']],
  ];
  const took = commands.map((): number[] => []);
  // In turn, so that other work on the machine is shared by all.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, [, file, args]] of commands.entries()) {
      const seconds = await timed(() => run(file, args, { env }));
      if (round > 0) took[index]?.push(seconds);
    }
  }
  const [bare = Number.NaN] = took.map(median);
  const figures = commands.map(([name], index) => {
    const seconds = median(took[index] ?? []);
    return `${name} ${(seconds * 1000).toFixed(0)} ms (${(seconds / bare).toFixed(1)})`;
  });
  return [`(t) start of the command line, median of ${ROUNDS} (ratio to bare Node): ${figures.join(', ')}`];
}
