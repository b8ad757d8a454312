// The Standard Workload Format of the Parallel Workloads Archive: header lines begin with `;`, then 18 columns, -1 = unknown.
// A processor stands for one whole GPU, and all are in one machine. Such GPUs are all alike, so they are counted, as the
// CPUs of a machine are: the same code without a profile per GPU.
import { inOrderOfSubmission, type ParsedTrace, type TraceJob } from './trace.ts';

const SECOND_MS = 1000;

/**
 * Reads a trace. The size of the machine is `gpus`, else the header's `MaxProcs`, else its `MaxNodes`. A job has its
 * allocated processors, else the requested ones.
 * @returns the trace, or the reason with the number of the line
 */
export function parseSwf(text: string, options: { gpus?: number | undefined } = {}): ParsedTrace {
  const header = new Map<string, number>();
  const jobs: TraceJob[] = [];
  let unusable = 0;
  let lineNumber = 0;
  for (const line of linesOf(text)) {
    lineNumber += 1;
    if (line === '') continue;
    if (line.startsWith(';')) {
      readHeader(line, header);
      continue;
    }
    const job = parseLine(line);
    if (typeof job === 'string') return { ok: false, reason: `line ${lineNumber}: ${job}` };
    if (job) jobs.push(job);
    else unusable += 1;
  }
  const size = options.gpus ?? header.get('maxprocs') ?? header.get('maxnodes');
  if (!size || size < 1) {
    return { ok: false, reason: 'the header has neither MaxProcs nor MaxNodes: say how many GPUs there are' };
  }
  const machines = [{ id: 'machine', gpus: [], memoryBytes: 0, cpus: size }];
  return { ok: true, trace: { machines, jobs: inOrderOfSubmission(jobs), unusable } };
}

function* linesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    const until = end < 0 ? text.length : end;
    yield text.slice(from, until).trim();
    from = until + 1;
  }
}

function readHeader(line: string, header: Map<string, number>): void {
  const [, name, value] = /^;+\s*(\w+):\s*(-?\d+)/.exec(line) ?? [];
  if (name && value && Number(value) > 0) header.set(name.toLowerCase(), Number(value));
}

/** @returns undefined for a job that cannot be played, a reason for a line that is not one */
function parseLine(line: string): TraceJob | string | undefined {
  const fields = line.split(/\s+/);
  if (fields.length < 5) return `expected 18 columns, found ${fields.length}`;
  const number = (column: number): number => Number(fields[column - 1] ?? -1);
  const [submitS, runS, allocated, asked, requestedS] = [number(2), number(4), number(5), number(8), number(9)];
  if ([submitS, runS, allocated, asked, requestedS].some(Number.isNaN)) return 'a column is not a number';
  const processors = allocated > 0 ? allocated : asked;
  if (processors <= 0 || runS < 0 || submitS < 0) return undefined;
  return {
    user: fields[11] ?? '-1',
    submittedAt: submitS * SECOND_MS,
    runMs: runS * SECOND_MS,
    requestedMs: requestedS > 0 ? requestedS * SECOND_MS : undefined,
    numGpus: 0,
    numSlots: 1,
    memoryBytes: 0,
    cpus: processors,
  };
}
