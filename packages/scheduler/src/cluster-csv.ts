// The CSV form of a published GPU cluster trace: one file of machines, one of tasks. Tasks have no users; a seeded rule
// gives them some.
import type { Machine } from './snapshot.ts';
import { inOrderOfSubmission, type ParsedTrace, type TraceJob } from './trace.ts';

const SECOND_MS = 1000;
const MIB = 2 ** 20;
/** `gpu_milli` is counted in thousandths of a GPU. */
const SLOTS = 1000;

/**
 * Reads machines (`sn, cpu_milli, memory_mib, gpu, model`) and tasks (`cpu_milli, memory_mib, num_gpu, gpu_milli, gpu_spec,
 * creation_time, deletion_time, scheduled_time`, in seconds). Columns are found by name.
 * @param options.users how many users the tasks are dealt to, default 20
 */
export function parseClusterCsv(
  machinesText: string,
  tasksText: string,
  options: { users?: number | undefined; seed?: number | undefined } = {},
): ParsedTrace {
  const machines = parseTable(machinesText, ['sn', 'cpu_milli', 'memory_mib', 'gpu', 'model']);
  if (!machines.ok) return { ok: false, reason: `machines: ${machines.reason}` };
  const tasks = parseTable(tasksText, [
    'cpu_milli',
    'memory_mib',
    'num_gpu',
    'gpu_milli',
    'gpu_spec',
    'creation_time',
    'deletion_time',
    'scheduled_time',
  ]);
  if (!tasks.ok) return { ok: false, reason: `tasks: ${tasks.reason}` };
  const random = randomOf(options.seed ?? 1);
  const jobs: TraceJob[] = [];
  let unusable = 0;
  for (const row of tasks.rows) {
    const job = jobOf(row, `user${Math.floor(random() * (options.users ?? 20))}`);
    if (job) jobs.push(job);
    else unusable += 1;
  }
  return { ok: true, trace: { machines: machines.rows.map(machineOf), jobs: inOrderOfSubmission(jobs), unusable } };
}

/** The value of a named column of one line. */
type Row = (column: string) => string;

function parseTable(text: string, needed: string[]): { ok: true; rows: Row[] } | { ok: false; reason: string } {
  const [head = '', ...lines] = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const names = head.split(',').map((name) => name.trim());
  const missing = needed.filter((name) => !names.includes(name));
  if (missing.length > 0) return { ok: false, reason: `no column ${missing.join(', ')}` };
  const rows = lines.map((line): Row => {
    const fields = line.split(',');
    return (column) => fields[names.indexOf(column)]?.trim() ?? '';
  });
  return { ok: true, rows };
}

function machineOf(row: Row): Machine {
  const id = row('sn');
  const gpus = Array.from({ length: Number(row('gpu')) }, (_, position) => ({
    uuid: `${id}/${position}`,
    model: row('model'),
    memoryBytes: 0,
    slots: SLOTS,
    usable: true,
  }));
  return { id, gpus, memoryBytes: Number(row('memory_mib')) * MIB, cpus: Number(row('cpu_milli')) / 1000 };
}

function jobOf(row: Row, user: string): TraceJob | undefined {
  const [scheduled, deleted] = [row('scheduled_time'), row('deletion_time')];
  if (scheduled === '' || deleted === '' || Number(deleted) < Number(scheduled)) return undefined;
  const numGpus = Number(row('num_gpu'));
  const models = row('gpu_spec').split('|').filter(Boolean);
  return {
    user,
    submittedAt: Number(row('creation_time')) * SECOND_MS,
    runMs: (Number(deleted) - Number(scheduled)) * SECOND_MS,
    numGpus,
    numSlots: numGpus === 1 ? Number(row('gpu_milli')) : SLOTS,
    memoryBytes: Number(row('memory_mib')) * MIB,
    cpus: Number(row('cpu_milli')) / 1000,
    ...(models.length > 0 ? { gpuModels: models } : {}),
  };
}

/** mulberry32: the same numbers from 0 to 1 for the same seed, everywhere. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
