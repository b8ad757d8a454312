// The demo: submissions of two users go from zips in a folder to finished containers, and everything a person would look at.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Job } from '@dopq/contract';
import { followJobs } from './follow.ts';
import { heading, say, show } from './say.ts';
import type { Dopq } from '@dopq/testbed';
import { buildStage, dropExample } from './stage.ts';

const REAL = [
  ['alice', 'hello'],
  ['bob', 'progress'],
  ['alice', 'failing-build'],
  ['bob', 'failing-run'],
] as const;
const SIMULATED = [
  ['alice', 'two-gpus'],
  ['bob', 'two-gpus'],
  ['bob', 'hello'],
  ['carol', 'two-gpus'],
] as const;

/** How long a simulated container takes. */
const SIMULATED_SECONDS = 15;

type Drops = readonly (readonly [user: string, example: string])[];

async function act(title: string, simulate: boolean, drops: Drops): Promise<void> {
  heading(title);
  await using stage = await buildStage({ simulate });
  say(`the server is up; the share is ${stage.share}`);
  show('dopq status', await stage.dopq('status'));
  heading('Users drop zips into their folders of the share');
  for (const [user, example] of drops) {
    const file = await dropExample(stage, user, example, simulate ? SIMULATED_SECONDS : undefined);
    say(`dropped ${path.relative(stage.share, file)}`);
  }
  const jobs = await followJobs(stage, drops.length, simulate ? (waiting) => showWaiting(stage, waiting) : undefined);
  await showResults(stage, drops, jobs, simulate);
}

async function showWaiting(stage: Dopq, { id }: Job): Promise<void> {
  for (const args of [['explain', String(id)], ['ps'], ['gpus']])
    show(`dopq ${args.join(' ')}`, await stage.dopq(...args));
  console.log('');
}

async function showResults(stage: Dopq, drops: Drops, jobs: Job[], simulate: boolean): Promise<void> {
  heading('What lies beside the zips now: the receipts');
  for (const user of new Set(drops.map(([name]) => name))) {
    for (const file of readdirSync(path.join(stage.share, user), { recursive: true, encoding: 'utf8' }).sort()) {
      say(`${user}/${file}`);
    }
  }
  const [user, example] = drops[0] ?? ['', ''];
  const receipt = path.join(stage.share, user, `${example}.zip.status.txt`);
  show(`cat ${path.relative(stage.share, receipt)}`, readFileSync(receipt, 'utf8'));
  const idOf = (wanted: string): string => String(jobs.find((job) => job.file === `${wanted}.zip`)?.id);
  show(`dopq logs ${idOf(example)}`, await stage.dopq('logs', idOf(example)));
  if (!simulate)
    show(`dopq logs --build ${idOf('failing-build')}`, await stage.dopq('logs', '--build', idOf('failing-build')));
  show('dopq history', await stage.dopq('history'));
  show('dopq users', await stage.dopq('users'));
}

const onlySimulated = process.argv.includes('--simulate');
if (!onlySimulated) await act('Part 1: a real Docker Engine', false, REAL);
await act(`${onlySimulated ? '' : 'Part 2: '}GPUs, simulated (dopq serve --simulate)`, true, SIMULATED);

heading('Where to go next');
console.log(`  ./dopq serve               start your own server; it writes a config.ini with a comment per key
  ./dopq user add NAME       let somebody in
  ./dopq submit examples/hello --user NAME
  http://localhost:3677      the same as a page; the server prints the code for its first administrator
  docs/submitting.md         what a submission may say
  docs/configuration.md      every key of config.ini`);
