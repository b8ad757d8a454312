// What the server says of a sound submission: whose it is, what it will be given, and whether that is enough for it.
import { memoryProblems, type Problem, type Submission } from '@dopq/contract';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/shape.ts';
import type { JobRecord } from '../store/jobs.ts';
import type { Dependency } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { queueSettings } from '../queue-rules/policy.ts';
import { dependenciesOf } from './dependencies-of.ts';
import { decideOwner } from './owner.ts';
import { type Capacity, cpusOf, memoryOf } from './rules.ts';
import { problemsHere } from './site-rules.ts';

export interface JudgeWorld {
  config: Config;
  store: Store;
  clock: Clock;
  capacity(): Capacity;
}

export type Judgement =
  | { ok: true; user: string; notes: string[]; memoryBytes: number; cpus: number; dependsOn: Dependency[] }
  | { ok: false; problems: Problem[] };

export function judge(
  world: JudgeWorld,
  job: Pick<JobRecord, 'id' | 'user' | 'file' | 'source'>,
  submission: Submission,
): Judgement {
  const owner = decideOwner(job, submission.user, (user) => standingOf(world, user));
  if (!owner.ok) return { ok: false, problems: [owner.problem] };
  const { memoryBytes, cpus, problems: tooMuch } = judgeNeeds(world, submission);
  const { dependsOn, problems: unknown, notes } = dependenciesOf(world.store, job.id, owner.user, submission);
  const problems = [...tooMuch, ...unknown];
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, user: owner.user, notes: [...owner.notes, ...notes], memoryBytes, cpus, dependsOn };
}

/** What it will be given, whosever it is, and whether that is enough for it. */
export function judgeNeeds(
  world: Pick<JudgeWorld, 'config' | 'capacity' | 'store'>,
  submission: Submission,
): { memoryBytes: number; cpus: number; problems: Problem[] } {
  const capacity = world.capacity();
  const memoryBytes = memoryOf(submission, world.config, capacity);
  // The reader of the file has checked a memory that is named there; only here is it known where none is.
  const problems = [
    ...memoryProblems(submission.runOptions, memoryBytes),
    ...problemsHere(submission, { ...world.config, queue: queueSettings(world) }, capacity),
  ];
  return { memoryBytes, cpus: cpusOf(submission, capacity), problems };
}

function standingOf({ config, store, clock }: JudgeWorld, name: string): 'known' | 'disabled' | 'unknown' {
  const user = store.users.find(name);
  if (user) return user.disabledAt === null ? 'known' : 'disabled';
  if (!config.fetcher.validExecutors.includes(name)) return 'unknown';
  store.users.add({ name }, clock.now());
  return 'known';
}
