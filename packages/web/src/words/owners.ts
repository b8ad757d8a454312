import type { Job } from '@dopq/contract';
import { plural } from './amounts.ts';

/** `3 jobs of noor`, `5 jobs of 2 users`, `#142 whisper-xl of noor`. */
export function ownersOf(jobs: readonly Pick<Job, 'id' | 'name' | 'user'>[]): string {
  const [first] = jobs;
  if (jobs.length === 1 && first) return `#${first.id} ${first.name} of ${first.user}`;
  const users = new Set(jobs.map(({ user }) => user));
  return `${plural(jobs.length, 'job')} of ${users.size === 1 ? [...users][0] : plural(users.size, 'user')}`;
}
