// What must be true after every test, whatever died in it: read from the database file, the engine and the folders.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Dopq } from './dopq.ts';
import type { PrivateEngine } from './engine.ts';

interface JobRow {
  id: number;
  user: string;
  state: string;
  outcome: string | null;
  inbox: string | null;
  file: string;
  zipPlace: string;
  zipPath: string | null;
  attempt: number;
}

interface AttemptRow {
  jobId: number;
  number: number;
  containerName: string;
  gpuUuids: string;
  slotsPerGpu: number;
  cleared: number;
  startedAt: number | null;
  endedAt: number | null;
}

/** @returns what is wrong, one sentence each; empty if all invariants hold */
export async function findBrokenInvariants(dopq: Dopq, engine?: PrivateEngine): Promise<string[]> {
  using db = openDatabase(dopq);
  const jobs = db.all<JobRow>('select * from jobs');
  const attempts = db.all<AttemptRow>('select * from attempts');
  return [
    ...checkStates(jobs),
    ...checkSlots(db.all('select gpuUuid, jobId from gpuSlots'), jobs),
    ...checkAttempts(jobs, attempts),
    ...checkGpuUse(attempts),
    ...checkZips(dopq, jobs),
    ...(engine ? await checkContainers(engine, db.instance(), attempts) : []),
  ];
}

function openDatabase(dopq: Dopq) {
  const sqlite = new DatabaseSync(path.join(dopq.dir, 'data', 'dopq.db'), { readOnly: true });
  return {
    all: <T>(sql: string): T[] => sqlite.prepare(sql).all() as T[],
    instance: (): string =>
      (sqlite.prepare("select value from settings where key = 'instance'").get() as { value: string }).value,
    [Symbol.dispose]: () => sqlite.close(),
  };
}

function checkStates(jobs: JobRow[]): string[] {
  return jobs
    .filter((job) => (job.state === 'finished') !== (job.outcome !== null))
    .map((job) => `job #${job.id} is ${job.state} with outcome ${job.outcome}`);
}

function checkSlots(slots: { gpuUuid: string; jobId: number }[], jobs: JobRow[]): string[] {
  const active = new Set(
    jobs.filter((job) => job.state === 'starting' || job.state === 'running').map((job) => job.id),
  );
  return slots
    .filter((slot) => !active.has(slot.jobId))
    .map((slot) => `GPU ${slot.gpuUuid} is held by job #${slot.jobId}, which is not active`);
}

function checkAttempts(jobs: JobRow[], attempts: AttemptRow[]): string[] {
  return jobs.flatMap((job) => {
    const own = attempts.filter((attempt) => attempt.jobId === job.id);
    const broken: string[] = [];
    if (own.length !== job.attempt)
      broken.push(`job #${job.id} counts ${job.attempt} attempts, ${own.length} are recorded`);
    const open = own.filter((attempt) => attempt.endedAt === null);
    const active = job.state === 'starting' || job.state === 'running';
    if (open.length !== (active ? 1 : 0))
      broken.push(`job #${job.id} is ${job.state} with ${open.length} open attempts`);
    return broken;
  });
}

/** Containers that had a whole GPU each had it one after another, by the engine's own times. */
function checkGpuUse(attempts: AttemptRow[]): string[] {
  const uses = attempts
    .filter((attempt) => attempt.slotsPerGpu === 1)
    .flatMap(({ containerName, startedAt, endedAt, gpuUuids }) =>
      startedAt === null
        ? []
        : (JSON.parse(gpuUuids) as string[]).map((gpu) => ({ gpu, containerName, startedAt, endedAt })),
    )
    .sort((a, b) => a.startedAt - b.startedAt);
  return uses.flatMap((use, index) =>
    uses
      .slice(index + 1)
      .filter((later) => later.gpu === use.gpu && later.startedAt < (use.endedAt ?? Number.POSITIVE_INFINITY))
      .map((later) => `${later.containerName} had ${use.gpu} while ${use.containerName} still had it`),
  );
}

/** An accepted archive is where the table says, and nowhere else; what else lies where archives are kept belongs to nobody. */
function checkZips({ dir }: Dopq, jobs: JobRow[]): string[] {
  const taken = jobs.flatMap((job) =>
    job.zipPlace === 'inbox' || job.zipPath === null ? [] : { ...job, zipPath: job.zipPath },
  );
  const missing = taken
    .filter(({ zipPath }) => !existsSync(zipPath))
    .map(({ id, zipPath, zipPlace }) => `the archive of job #${id} is not at ${zipPath} (${zipPlace})`);
  const waiting = new Set(jobs.filter(({ zipPlace }) => zipPlace === 'inbox').map(inboxPath));
  const twice = jobs
    .filter((job) => job.inbox !== null && job.zipPlace !== 'inbox' && !waiting.has(inboxPath(job)))
    .filter((job) => existsSync(inboxPath(job)))
    .map((job) => `the archive of job #${job.id} is ${job.zipPlace} and also in the inbox still`);
  const known = new Set(taken.map(({ zipPath }) => zipPath));
  const unknown = ['container', 'failed']
    .flatMap((place) => filesBelow(path.join(dir, 'data', place)))
    .filter((file) => !known.has(file))
    .map((file) => `${file} belongs to no job`);
  return [...missing, ...twice, ...unknown];
}

const inboxPath = ({ inbox, file }: JobRow): string => path.join(inbox ?? '', file);

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

async function checkContainers(engine: PrivateEngine, instance: string, attempts: AttemptRow[]): Promise<string[]> {
  const output = await engine.docker(
    'ps',
    '-a',
    '--filter',
    `label=dopq.instance=${instance}`,
    '--format',
    '{{.Names}}',
  );
  const names = output.split('\n').filter(Boolean);
  const known = new Map(attempts.map((attempt) => [attempt.containerName, attempt]));
  return names.flatMap((name) => {
    const attempt = known.get(name);
    if (!attempt) return [`the container ${name} belongs to no attempt`];
    return attempt.cleared ? [`the container ${name} is there although its attempt is cleared`] : [];
  });
}

/** How often each job's payload ran, if the payload appends a line to `/outdir/runs`: job id -> times. */
export function countRuns(dopq: Dopq, user: string): Map<string, number> {
  const folder = path.join(dopq.output, user);
  const counts = new Map<string, number>();
  if (!existsSync(folder)) return counts;
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith('runs-'))) {
    const lines = readFileSync(path.join(folder, name), 'utf8').split('\n').filter(Boolean);
    counts.set(name.slice('runs-'.length), lines.length);
  }
  return counts;
}
