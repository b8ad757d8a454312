// What a user reads beside the archive they dropped. Text for people, JSON with the same words as the API.
import { formatFindings, type Job, needWords, oneLine, type Problem } from '@dopq/contract';

export interface ReceiptFacts {
  job: Job;
  problems: readonly Problem[];
  receiptName: string;
  /** Of an array: how many of its jobs are in each state, or ended in each way. */
  members?: readonly { state: Job['state']; outcome: Job['outcome']; count: number }[] | undefined;
}

export function receiptJson({ job, problems }: ReceiptFacts): string {
  return `${JSON.stringify({ ...job, problems }, null, 2)}\n`;
}

export function receiptText(facts: ReceiptFacts): string {
  const { job, problems, receiptName, members } = facts;
  const isOver = members ? members.every(({ state }) => state === 'finished') : job.state === 'finished';
  const findings = formatFindings({ notes: job.notes, problems });
  return [
    `Job #${job.id}  ${oneLine(job.name)}${job.user ? ` of ${job.user}` : ''}`,
    '',
    ...rows([
      ['state', stateWords(job)],
      ['reason', job.reason],
      ['file', oneLine(job.file)],
      ['asks for', needWords(job)],
      ['time limit', job.time_limit_seconds === null ? null : durationWords(job.time_limit_seconds)],
      ['array', members ? arrayWords(job, members) : null],
      ['after', afterWords(job)],
      ['retries', job.retries === 0 ? null : `up to ${job.retries}, on ${job.retry_on.join(', ')}`],
      ['attempt', job.attempt > 1 ? String(job.attempt) : null],
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

/** `20 jobs: 3 succeeded, 17 queued`: the receipt is that of its first job. */
function arrayWords({ array }: Job, members: NonNullable<ReceiptFacts['members']>): string | null {
  if (!array) return null;
  const counts = members.map(({ state, outcome, count }) => `${count} ${(outcome ?? state).replaceAll('_', ' ')}`);
  return `${array.count} jobs: ${counts.join(', ')}`;
}

function afterWords({ after }: Job): string | null {
  const words = after.map(({ job_id, condition }) => `#${job_id} has ${condition === 'ok' ? 'succeeded' : 'ended'}`);
  return words.join(', ') || null;
}

/** `90s`, `45m`, `2h`, `1d12h`: as it may stand in container_config.json. */
function durationWords(seconds: number): string {
  const units: [string, number][] = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ];
  let left = Math.round(seconds);
  const parts = units.flatMap(([unit, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return count > 0 ? [`${count}${unit}`] : [];
  });
  return parts.join('') || '0s';
}

function rows(pairs: [string, string | null][]): string[] {
  return pairs.flatMap(([label, value]) =>
    value === null || value === '' ? [] : [`${label.padEnd(10)} ${oneLine(value)}`],
  );
}
