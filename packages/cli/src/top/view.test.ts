import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { displayWidth } from '../text-width.ts';
import { anyGpu, anyJob, anyWorld } from './any-world.ts';
import { START } from './state.ts';
import { drawTop, HELP_LINES } from './view.ts';

const text = (lines: string[]): string => lines.map(stripVTControlCharacters).join('\n');

const many = (count: number) =>
  anyWorld(
    Array.from({ length: count }, (_, index) =>
      anyJob(index + 1, {
        state: index < 3 ? 'running' : 'queued',
        name: `名前 ${'n'.repeat(index)}`,
        reason: 'r'.repeat(90),
      }),
    ),
    Array.from({ length: 16 }, (_, index) => anyGpu(index)),
  );

test.each([
  [80, 24],
  [120, 40],
  [40, 10],
  [63, 15],
  [200, 12],
])('on %ix%i every line fits and all lines are there', (columns, rows) => {
  const world = many(60);
  const pages = [undefined, { title: 'help', lines: HELP_LINES, top: 0 }];
  for (const page of pages) {
    const { lines } = drawTop(world, world.jobs, { ...START, page }, { columns, rows }, undefined);
    expect(lines).toHaveLength(rows);
    expect(lines.filter((line) => displayWidth(line) > columns)).toEqual([]);
  }
});

test('80x24 shows GPUs with who is on them, running and waiting jobs with reason and start, and the keys', () => {
  const soon = new Date(Date.now() + 12.5 * 60_000).toISOString();
  const late = new Date(Date.now() + 130.5 * 60_000).toISOString();
  const jobs = [
    anyJob(12, { name: 'resnet' }),
    anyJob(15, {
      name: 'bert',
      user: 'bob',
      state: 'queued',
      reason: '4 GPUs, 1 free',
      predicted_start_at: soon,
      predicted_start_p90_at: late,
    }),
  ];
  const busy = anyGpu(0, { state: 'busy', utilization_percent: 88, jobs: [{ id: 12, name: 'resnet', user: 'alice' }] });
  const world = anyWorld(jobs, [busy, anyGpu(1)]);
  const shown = text(drawTop(world, jobs, START, { columns: 80, rows: 24 }, undefined).lines);
  expect(shown).toMatch(/GPUs {2}1 of 2 free/);
  expect(shown).toMatch(/0 A100-SXM4-40GB +▶ busy .* 88% .*40°C {2}#12 alice/);
  expect(shown).toMatch(/Running {2}1.*\n +#12 ▶ resnet +alice +1 /);
  expect(shown).toMatch(/Waiting {2}1.*\n +#15 ○ bert +bob +1 .*12m-2h10m 4 GPUs, 1 free/);
  expect(shown).toMatch(/l logs {2}e explain .* q quit *$/);
});

test('the bar stays in sight however far it goes down', () => {
  const world = many(60);
  const { lines } = drawTop(world, world.jobs, { ...START, selected: 55 }, { columns: 80, rows: 24 }, undefined);
  expect(text(lines)).toContain(' #55 ');
});

test('a name with escape sequences cannot reach the terminal', () => {
  const world = anyWorld(
    [anyJob(1, { name: 'a\x1b]0;evil\x07b\x9b2J', reason: '\x1b[2Jx' })],
    [anyGpu(0, { name: '\x1b[2J' })],
  );
  const { lines } = drawTop(world, world.jobs, START, { columns: 80, rows: 24 }, undefined);
  // oxlint-disable-next-line no-control-regex
  expect(lines.join('').replaceAll(/\x1b\[[0-9;]*m/g, '')).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
});

test.each([
  [{ asked: { act: 'cancel' as const, ids: [4, 5] } }, undefined, 'Cancel 2 jobs (#4 #5)? y yes'],
  [{ typing: true, filter: 'bo' }, undefined, '/bo'],
  [{}, 'No DoPQ answers.', '✖ No DoPQ answers.'],
])('the last line of %j is the one that matters', (more, problem, words) => {
  const world = many(3);
  const { lines } = drawTop(world, world.jobs, { ...START, ...more }, { columns: 80, rows: 24 }, problem);
  expect(text(lines.slice(-1))).toContain(words);
});
