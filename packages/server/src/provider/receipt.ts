// What a user reads beside the archive they dropped. Text for people, JSON with the same words as the API.
import { formatFindings, formatSize, type Job, oneLine, type Problem } from '@dopq/contract';

export interface ReceiptFacts {
  job: Job;
  problems: readonly Problem[];
  receiptName: string;
}

export function receiptJson({ job, problems }: ReceiptFacts): string {
  return `${JSON.stringify({ ...job, problems }, null, 2)}\n`;
}

export function receiptText(facts: ReceiptFacts): string {
  const { job, problems, receiptName } = facts;
  const isOver = job.state === 'finished';
  const findings = formatFindings({ notes: job.notes, problems });
  return [
    `Job #${job.id}  ${oneLine(job.name)}${job.user ? ` of ${job.user}` : ''}`,
    '',
    ...rows([
      ['state', stateWords(job)],
      ['reason', job.reason],
      ['file', oneLine(job.file)],
      ['asks for', job.num_gpus === null ? null : needs(job)],
      ['received', job.created_at],
      ['queued', job.queued_at],
      ['not before', job.state === 'queued' ? job.not_before_at : null],
      ['starts', startWords(job)],
      ['started', job.started_at],
      ['ended', job.finished_at],
      ['container', job.container_name],
      ['log', job.log],
      ['build log', job.build_log],
    ]),
    ...(findings === '' ? [] : ['', findings]),
    ...(isOver ? [] : ['', `To withdraw it, put an empty file named ${oneLine(receiptName)}.cancel here.`]),
    '',
  ].join('\n');
}

function stateWords(job: Job): string {
  if (job.state !== 'finished') return job.position === null ? job.state : `${job.state}, place ${job.position}`;
  const exit = job.exit_code === null ? '' : `, exit code ${job.exit_code}`;
  return `finished: ${(job.outcome ?? '').replaceAll('_', ' ')}${exit}`;
}

/** To the minute: a prediction is no more exact than that. */
function startWords({ predicted_start_at: p50, predicted_start_p90_at: p90 }: Job): string | null {
  if (p50 === null || p90 === null) return null;
  const minute = (instant: string): string => `${instant.slice(0, 16)}Z`;
  return minute(p50) === minute(p90) ? `about ${minute(p50)}` : `about ${minute(p50)}, probably by ${minute(p90)}`;
}

function needs(job: Job): string {
  const gpus = job.num_gpus === 1 ? '1 GPU' : `${job.num_gpus} GPUs`;
  const slots = job.num_gpus && (job.num_slots ?? 1) > 1 ? ` (${job.num_slots} slots each)` : '';
  return [
    gpus + slots,
    job.memory_bytes === null ? '' : `${formatSize(job.memory_bytes)} memory`,
    job.cpus === null ? '' : `${job.cpus} CPUs`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function rows(pairs: [string, string | null][]): string[] {
  return pairs.flatMap(([label, value]) =>
    value === null || value === '' ? [] : [`${label.padEnd(10)} ${oneLine(value)}`],
  );
}
