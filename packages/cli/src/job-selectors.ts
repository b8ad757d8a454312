// How people name jobs: `42`, `#42`, `1-10,15`, `last`, or a name that only one job has. Reading is pure; finding asks the server.
import type { Job } from '@dopq/contract';
import type { Connection } from './connection.ts';
import { EXIT, Failure } from './failure.ts';
import { cleanLine } from './terminal-text.ts';
import { whoIsAsking } from './who.ts';

export type Selector =
  | { kind: 'id'; id: number }
  | { kind: 'range'; from: number; to: number }
  | { kind: 'last' }
  | { kind: 'name'; name: string };

/** For the help of every verb that takes jobs. */
export const SELECTOR_HELP = 'jobs: 42, 1-10,15, last (your newest), or a name that only one job has';
export const ONE_JOB_HELP = 'job: 42, last (your newest), or a name that only one job has';

/** The most jobs a list of the API gives at once. */
const MOST = 10_000;
/** How many of the jobs that share a name are told. */
const TOLD = 5;

/** @throws Failure (usage) for an empty word or a range that runs backwards */
export function parseSelectors(words: readonly string[]): Selector[] {
  return words.flatMap((word) => {
    const isList = /^#?\d+(-#?\d+)?(,#?\d+(-#?\d+)?)+$/.test(word);
    return (isList ? word.split(',') : [word]).map(parseSelector);
  });
}

function parseSelector(word: string): Selector {
  const [, first, last] = /^#?(\d{1,15})(?:-#?(\d{1,15}))?$/.exec(word) ?? [];
  if (word.trim() === '') throw new Failure('An empty word names no job.', { exitCode: EXIT.usage });
  if (first === undefined) return word === 'last' ? { kind: 'last' } : { kind: 'name', name: word };
  const from = Number(first);
  const to = last === undefined ? from : Number(last);
  if (from === 0) throw new Failure('Job numbers begin with 1.', { exitCode: EXIT.usage });
  if (to < from) throw new Failure(`"${word}" runs backwards.`, { fix: `Write ${to}-${from}.`, exitCode: EXIT.usage });
  return last === undefined ? { kind: 'id', id: from } : { kind: 'range', from, to };
}

/** Whether the words can name several jobs; then answers are lists. */
export function isPlural(words: readonly string[]): boolean {
  const selectors = parseSelectors(words);
  return selectors.length > 1 || selectors.some(({ kind }) => kind === 'range');
}

/**
 * The numbers of the jobs that are meant, each once, in the order they were named.
 * A plain number is not looked up: whoever acts on it says that it is not there.
 * @throws Failure if a range, a name or `last` finds nothing, or a name finds several
 */
export async function findJobs(client: Connection['client'], words: readonly string[]): Promise<number[]> {
  const selectors = parseSelectors(words);
  const ids: number[] = [];
  for (const selector of selectors) ids.push(...(await find(client, selector)));
  return [...new Set(ids)];
}

/** @throws Failure (usage) if more than one job is meant, and as `findJobs` */
export async function findOneJob(client: Connection['client'], word: string): Promise<number> {
  const [id, ...more] = await findJobs(client, [word]);
  if (id !== undefined && more.length === 0) return id;
  throw new Failure(`"${word}" names several jobs, and this takes one.`, { exitCode: EXIT.usage });
}

async function find(client: Connection['client'], selector: Selector): Promise<number[]> {
  switch (selector.kind) {
    case 'id':
      return [selector.id];
    case 'range':
      return pickRange(await client.jobs.list({ scope: 'all', limit: MOST }), selector);
    case 'last':
      return [await findLast(client)];
    default: {
      const active = await client.jobs.list({ scope: 'active', limit: MOST });
      const found = pickName(active, selector.name);
      return [found ?? pickNameOrFail(await client.jobs.list({ scope: 'all', limit: MOST }), selector.name)];
    }
  }
}

/** The jobs there are between two numbers, lowest first. */
export function pickRange(jobs: readonly Pick<Job, 'id'>[], { from, to }: { from: number; to: number }): number[] {
  const ids = jobs.map(({ id }) => id).filter((id) => id >= from && id <= to);
  if (ids.length === 0) throw notFound(`There is no job from #${from} to #${to}.`);
  return ids.sort((a, b) => a - b);
}

async function findLast(client: Connection['client']): Promise<number> {
  const user = await whoIsAsking(client);
  const jobs = await client.jobs.list({ scope: 'all', user, limit: MOST });
  if (jobs.length === 0) throw notFound(user === undefined ? 'There are no jobs yet.' : `${user} has no job yet.`);
  return Math.max(...jobs.map(({ id }) => id));
}

type Named = Pick<Job, 'id' | 'name' | 'state' | 'outcome'>;

/** The one job of this name; undefined if there is none. @throws Failure if there are several */
export function pickName(jobs: readonly Named[], name: string): number | undefined {
  const found = jobs.filter((job) => job.name === name).sort((a, b) => b.id - a.id);
  if (found.length > 1) {
    const told = found.slice(0, TOLD).map((job) => `#${job.id} (${job.outcome ?? job.state})`);
    const more = found.length > TOLD ? ` and ${found.length - TOLD} more` : '';
    throw new Failure(`${found.length} jobs are called "${cleanLine(name)}": ${told.join(', ')}${more}.`, {
      fix: 'Use the number of the one you mean.',
      exitCode: EXIT.usage,
    });
  }
  return found[0]?.id;
}

function pickNameOrFail(jobs: readonly Named[], name: string): number {
  const found = pickName(jobs, name);
  if (found !== undefined) return found;
  throw notFound(`There is no job called "${cleanLine(name)}".`);
}

function notFound(message: string): Failure {
  return new Failure(message, { fix: 'See `dopq ps -a` for the jobs there are.', exitCode: EXIT.notFound });
}
