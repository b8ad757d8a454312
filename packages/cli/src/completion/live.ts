// Candidates that only the server knows. Other people's words never reach a shell as anything but plain letters.
import type { Job } from '@dopq/contract';
import type { Connection } from '../connection.ts';
import { cleanLine } from '../terminal-text.ts';
import type { Candidate } from './request.ts';

/** What a shell leaves as it is. */
const PLAIN = /^[\w.@-]+$/;
const FINISHED_TOO = new Set(['show', 'logs', 'retry', 'download']);
const FINISHED = 20;

export async function liveCandidates(
  client: Connection['client'],
  kind: 'job' | 'user',
  verb: string,
): Promise<Candidate[]> {
  if (kind === 'user')
    return (await client.users.list()).map(({ name, queued, running }) => ({
      value: name,
      about: `${running} running, ${queued} queued`,
    }));
  const active = await client.jobs.list({ scope: 'active', limit: 1000 });
  const finished = FINISHED_TOO.has(verb) ? await client.jobs.list({ scope: 'finished', limit: FINISHED }) : [];
  return jobCandidates([...active, ...finished]);
}

export function jobCandidates(jobs: readonly Pick<Job, 'id' | 'name' | 'user' | 'state' | 'outcome'>[]): Candidate[] {
  const names = jobs.map(({ name }) => name);
  const unique = jobs.filter(({ name }) => PLAIN.test(name) && !/^\d|^last$|^-/.test(name) && count(names, name) === 1);
  const about = (job: (typeof jobs)[number]) => cleanLine(`${job.name} of ${job.user}, ${job.outcome ?? job.state}`);
  return [
    ...jobs.map((job) => ({ value: String(job.id), about: about(job) })),
    ...(jobs.length > 0 ? [{ value: 'last', about: 'your newest' }] : []),
    ...unique.map((job) => ({ value: job.name, about: `#${job.id} of ${cleanLine(job.user)}` })),
  ].filter(({ value }) => PLAIN.test(value));
}

function count(words: readonly string[], word: string): number {
  return words.filter((one) => one === word).length;
}
