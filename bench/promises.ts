// (p) How many predicted starts are kept when nobody knows who comes next, and how far off they are beside the base line, a plan in
// which every job runs as long as its user's last two did on average.
import { readFileSync } from 'node:fs';
import { parseClusterCsv, parseSwf, type Policy, type Trace } from '@dopq/scheduler';
import { replay } from './replay.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** Jobs of a trace that are played, promises that are given, and of these the first ones, which only teach. */
const [PLAYED, TOLD, LEARNED] = [4000, 900, 100];

/** `DOPQ_BENCH_TRACE`: traces with `;` between, each FILE[,MACHINES.csv[,GPUS]]; where nothing is named, one is made up. */
export function* promises(): Generator<string> {
  const named = (process.env.DOPQ_BENCH_TRACE ?? '').split(';').filter(Boolean);
  const traces = named.map((one): [string, Trace] => {
    const [file = '', machines = '', gpus = ''] = one.split(',');
    return [`${file.split('/').at(-1)}${gpus && ` on ${gpus} GPUs`}`, readTrace(file, machines, Number(gpus))];
  });
  if (traces.length === 0) traces.push(['made up: 12 users of 8 GPUs, each with run times of their own', labTrace()]);
  const policies: Policy[] = [{ kind: 'fifo' }, { kind: 'fair-share' }];
  for (const [name, trace] of traces) {
    for (const policy of policies) yield `(p) ${name}, ${policy.kind}: ${kept(trace, policy)}`;
  }
}

function kept(trace: Trace, policy: Policy): string {
  const told = replay(trace, policy, TOLD).slice(LEARNED);
  const part = (isKept: (one: (typeof told)[number]) => boolean): string =>
    `${((100 * told.filter(isKept).length) / told.length).toFixed(1)} %`;
  const mean = (value: (one: (typeof told)[number]) => number): number =>
    told.reduce((sum, one) => sum + value(one), 0) / told.length;
  const hours = (value: (one: (typeof told)[number]) => number): string =>
    `${mean((one) => Math.abs(value(one) - one.waitedMs) / HOUR).toFixed(2)} h`;
  const times = (value: (one: (typeof told)[number]) => number, real: (one: (typeof told)[number]) => number): string =>
    Math.exp(mean((one) => Math.abs(Math.log((value(one) + MINUTE) / (real(one) + MINUTE))))).toFixed(2);
  const waited = (one: (typeof told)[number]): number => one.waitedMs;
  const ran = (one: (typeof told)[number]): number => one.ranMs;
  return [
    `of ${told.length} waiting jobs ${part((one) => one.waitedMs <= one.toldP50Ms)} started by their P50,`,
    `${part((one) => one.waitedMs <= one.toldP90Ms)} by their P90`,
    `(as foreseen, uncorrected: ${part((one) => one.waitedMs <= one.foreseenP50Ms)}, ${part((one) => one.waitedMs <= one.foreseenP90Ms)});`,
    `mean wait ${(mean(waited) / HOUR).toFixed(2)} h; P50 off by ${hours((one) => one.toldP50Ms)} or ${times((one) => one.toldP50Ms, waited)} times,`,
    `base line ${hours((one) => one.baseMs)} or ${times((one) => one.baseMs, waited)} times;`,
    `run times off by ${times((one) => one.medianMs, ran)} times, base line ${times((one) => one.lastTwoMs, ran)}`,
  ].join(' ');
}

function readTrace(tasks: string, machines: string, gpus: number): Trace {
  const text = readFileSync(tasks, 'utf8');
  const one = `sn,cpu_milli,memory_mib,gpu,model\nm,1e12,1e12,${gpus},GPU\n`;
  const parsed = tasks.endsWith('.csv')
    ? parseClusterCsv(machines ? readFileSync(machines, 'utf8') : one, text)
    : parseSwf(text, { gpus: gpus || undefined });
  if (!parsed.ok) throw new Error(parsed.reason);
  // Jobs that wait for GPUs (or processors), and that the machines can run; one machine that is named by its size has one model.
  const sizes = parsed.trace.machines.map((machine) => machine.gpus.length);
  const [size, cpus] = [Math.max(...sizes), parsed.trace.machines[0]?.cpus ?? 0];
  const jobs = parsed.trace.jobs
    .filter((job) => (size > 0 ? job.numGpus > 0 && job.numGpus <= size : job.cpus <= cpus))
    .map((job) => (gpus > 0 ? { ...job, gpuModels: undefined } : job));
  return { ...parsed.trace, jobs: jobs.slice(0, PLAYED) };
}

/** Users come in working hours, some more than others, with run times that scatter around their own. */
function labTrace(): Trace {
  let state = 7;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const gauss = (): number => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  let at = 0;
  const jobs = Array.from({ length: 1500 }, () => {
    at += -Math.log(random()) * 0.62 * HOUR;
    const user = Math.floor(random() ** 2 * 12);
    const runMs = Math.min(48, Math.max(0.05, (1 + (user % 6)) * Math.exp(0.6 * gauss()))) * HOUR;
    const numGpus = [1, 1, 1, 2, 1, 4][Math.floor(random() * 6)] ?? 1;
    return {
      user: `u${user}`,
      submittedAt: Math.round(at),
      runMs: Math.round(runMs),
      numGpus,
      numSlots: 1,
      memoryBytes: 0,
      cpus: 1,
    };
  });
  const gpu = (uuid: string) => ({ uuid, model: 'A100', memoryBytes: 80e9, slots: 1, usable: true });
  const gpus = Array.from({ length: 8 }, (_, index) => gpu(`g${index}`));
  return { machines: [{ id: 'm', gpus, memoryBytes: 2 ** 40, cpus: 64 }], jobs, unusable: 0 };
}
