// Which jobs a submission waits for: numbers and names of its file, looked up once, when it is checked.
import type { Problem, Submission } from '@dopq/contract';
import type { JobRecord } from '../store/jobs.ts';
import type { Dependency } from '../store/schema.ts';
import type { Store } from '../store/store.ts';

export interface Dependencies {
  dependsOn: Dependency[];
  problems: Problem[];
  /** Which job a name was taken for. */
  notes: string[];
}

export function dependenciesOf(
  { jobs }: Pick<Store, 'jobs'>,
  jobId: number,
  user: string,
  { afterOk = [], afterAny = [] }: Pick<Submission, 'afterOk' | 'afterAny'>,
): Dependencies {
  const found: Dependencies = { dependsOn: [], problems: [], notes: [] };
  const look = (field: 'after_ok' | 'after_any', names: readonly (number | string)[]): void => {
    for (const name of names) {
      const other = typeof name === 'number' ? jobs.find(name) : jobs.findNewestNamed(user, name, jobId);
      if (!other || other.id === jobId) found.problems.push(unknownJob(field, name, user));
      else add(found, other, name, field === 'after_ok' ? 'ok' : 'any');
    }
  };
  look('after_ok', afterOk);
  look('after_any', afterAny);
  return found;
}

function add(found: Dependencies, other: JobRecord, name: number | string, condition: Dependency['condition']): void {
  // Success is the stricter of the two, and is looked up first.
  if (found.dependsOn.some(({ jobId }) => jobId === other.id)) return;
  found.dependsOn.push({ jobId: other.id, condition });
  if (typeof name === 'string') found.notes.push(`"${name}" is taken for the newest job of that name, #${other.id}`);
}

function unknownJob(field: string, name: number | string, user: string): Problem {
  const message =
    typeof name === 'number'
      ? `names #${name}, and there is no such job`
      : `names "${name}", and ${user} has no job of that name`;
  return {
    file: 'container_config.json',
    field,
    rule: 'numbers of jobs, or names of own jobs',
    message,
    fix: 'Drop the job it waits for first; `dopq ps -a` shows numbers and names.',
  };
}
