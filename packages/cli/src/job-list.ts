// What `ps` and `history` have in common: whose jobs, which of them, and in what form.
import type { Job } from '@dopq/contract';
import { type Command, Option } from 'commander';
import type { Connection } from './connection.ts';
import { printCsv } from './csv.ts';
import { EXIT, Failure } from './failure.ts';
import { historyCsv } from './job-columns.ts';
import { addFilter, FILTER_HELP, type JobFilter, passesFilters } from './job-filters.ts';
import { type ListFormat, outputOption, parseCount } from './options.ts';
import { type Column, print, printJson, printTable, say } from './output.ts';
import { whoMustBeAsking } from './who.ts';

export interface JobListOptions {
  user?: string;
  mine?: boolean;
  last?: number;
  filter?: JobFilter[];
  quiet?: boolean;
  trunc: boolean;
  output: ListFormat;
}

/** As many as the API gives at once. */
const MOST = 10_000;

export function addJobListOptions(command: Command): Command {
  return command
    .option('-u, --user <user>', 'only those of one user')
    .option('--mine', 'only yours')
    .option('-f, --filter <key=value>', FILTER_HELP, addFilter)
    .addOption(new Option('-n, --last <count>', 'only the newest ones').argParser(parseCount))
    .option('-q, --quiet', 'numbers only')
    .option('--no-trunc', 'cut nothing, however wide it gets')
    .addOption(outputOption('table', 'wide', 'json', 'csv'));
}

export async function fetchJobs(
  { client }: Connection,
  scope: 'active' | 'finished' | 'all',
  { user, mine, last, filter = [] }: JobListOptions,
): Promise<Job[]> {
  if (user !== undefined && mine) throw new Failure('Only one of --user and --mine.', { exitCode: EXIT.usage });
  const whose = mine ? await whoMustBeAsking(client) : user;
  const jobs = await client.jobs.list({ scope, user: whose, limit: MOST });
  if (user !== undefined && jobs.length === 0) await checkUser(client, user);
  const found = jobs.filter((job) => passesFilters(job, filter));
  return last === undefined ? found : newest(found, last);
}

/** @throws Failure if there is no such user: an empty list would hide a misspelt name */
async function checkUser(client: Connection['client'], user: string): Promise<void> {
  const users = await client.users.list();
  if (users.some(({ name }) => name === user)) return;
  throw new Failure(`There is no user "${user}".`, { fix: 'See `dopq users`.', exitCode: EXIT.notFound });
}

/** The newest ones, in the order they came in. */
function newest(jobs: Job[], count: number): Job[] {
  const ids = new Set(
    jobs
      .map(({ id }) => id)
      .sort((a, b) => b - a)
      .slice(0, count),
  );
  return jobs.filter(({ id }) => ids.has(id));
}

/** @param hint what to say where there is nothing to show */
export async function printJobs(
  jobs: Job[],
  { quiet, output, trunc }: JobListOptions,
  columns: (isWide: boolean) => Column<Job>[],
  hint: string,
): Promise<void> {
  if (quiet) {
    for (const { id } of jobs) print(String(id));
    return;
  }
  if (output === 'json') return printJson(({ Job }) => Job.array(), jobs);
  if (output === 'csv') return printCsv(historyCsv, jobs);
  await printTable(columns(output === 'wide'), jobs, trunc);
  if (jobs.length === 0) say(hint);
}
