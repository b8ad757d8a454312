// Traces from files, for `dopq simulate`: the Standard Workload Format, and the CSV of a GPU cluster (tasks, machines).
import { readFileSync } from 'node:fs';
import { parseClusterCsv, parseSwf, type Trace } from '@dopq/scheduler';
import { EXIT, Failure } from './failure.ts';

export interface TraceFiles {
  trace: string;
  /** CSV of machines, for a CSV of tasks. */
  machines?: string | undefined;
  /** One machine with so many GPUs, in place of what the files say. */
  gpus?: number | undefined;
  /** Users that the tasks of a CSV are dealt to, by a seeded rule: the tasks name none. */
  users?: number | undefined;
  seed?: number | undefined;
}

/** @throws Failure naming the file, and the line where there is one */
export function readTrace(files: TraceFiles): Trace {
  const text = readText(files.trace);
  const parsed = files.trace.toLowerCase().endsWith('.csv')
    ? parseClusterCsv(machinesText(files), text, { users: files.users, seed: files.seed })
    : parseSwf(text, { gpus: files.gpus });
  if (parsed.ok) return parsed.trace;
  throw new Failure(`${files.trace} cannot be played: ${parsed.reason}.`, {
    fix: 'It has to be in the Standard Workload Format, or a CSV of tasks whose name ends in .csv; see `dopq simulate --help`.',
    exitCode: EXIT.usage,
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    const exitCode = cause.code === 'ENOENT' ? EXIT.notFound : EXIT.error;
    throw new Failure(`${file} cannot be read: ${cause.message}`, { exitCode, cause });
  }
}

function machinesText({ machines, gpus }: TraceFiles): string {
  if (gpus !== undefined) return `sn,cpu_milli,memory_mib,gpu,model\nmachine,1e12,1e12,${gpus},GPU\n`;
  if (machines !== undefined) return readText(machines);
  throw new Failure('A CSV of tasks does not say what they ran on.', {
    fix: 'Name the CSV of machines with --machines FILE, or one machine with --gpus N.',
    exitCode: EXIT.usage,
  });
}
