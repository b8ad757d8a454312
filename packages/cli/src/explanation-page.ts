// `dopq explain` as a page that a tired person understands: what is the matter, since what, until when, what helps.
import { styleText } from 'node:util';
import type { Alternative, Counterfactual, Explanation, Job } from '@dopq/contract';
import { formatDuration, formatTime } from './format.ts';
import { efficiencyLines, gainLines } from './efficiency-lines.ts';
import { problemLines } from './problem-lines.ts';
import { stateCell } from './states.ts';
import { cleanLine } from './terminal-text.ts';
import { formatPenalty } from './user-list.ts';

/** @param now milliseconds since 1970 */
export function formatExplanation(found: Explanation, now: number): string {
  const { job, stopped, alternatives, counterfactuals } = found;
  const lines = [`#${job.id} ${cleanLine(job.name)} of ${cleanLine(job.user)}  ${stateCell(job)}`];
  if (job.reason !== null) lines.push(`  ${cleanLine(job.reason)}`);
  lines.push(...problemLines(job));
  if (found.efficiency) lines.push(...section('Asked for and used', efficiencyLines(found.efficiency)));
  if (found.efficiency) lines.push(...section('What would have done', gainLines(found.efficiency)));
  if (job.state !== 'queued') return lines.join('\n');
  if (stopped !== null) lines.push('  Nothing at all starts now.');
  lines.push(...section('When', whenLines(found, now)));
  lines.push(...section('Who is before it (lower penalties go first)', aheadLines(found)));
  for (const one of alternatives) lines.push(...section(placeWords(one), alternativeLines(one, now)));
  lines.push(
    ...section(
      'What would change that',
      counterfactuals.map((one) => changeWords(one, now)),
    ),
  );
  return lines.join('\n');
}

/** `now`, `in 12m (14:10)`: how far off an instant is. */
function untilWords(instant: string | null, now: number): string {
  if (instant === null) return 'never as things are';
  const ms = Date.parse(instant) - now;
  return ms < 1000 ? 'now' : `in ${formatDuration(ms)} (${clockWords(instant, now)})`;
}

/** `18:05` today, else `2031-05-05 18:05`. */
function clockWords(instant: string, now: number): string {
  const [day, time] = formatTime(instant).slice(0, -3).split(' ');
  return formatTime(new Date(now).toISOString()).startsWith(`${day}`) ? `${time}` : `${day} ${time}`;
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ['', styleText('bold', title), ...lines.map((line) => `  ${line}`)];
}

function whenLines({ job, start_at: startAt, stopped, stopped_until: until }: Explanation, now: number): string[] {
  const lines = job.not_before_at === null ? [] : [`not before ${formatTime(job.not_before_at)}, as asked for`];
  // The plan looks only at what runs and waits: while nothing starts, its times are those of another queue.
  if (stopped !== null) return [...lines, cleanLine(until ?? 'not as things are')];
  if (startAt !== null)
    lines.push(`${untilWords(startAt, now)}, if all that runs takes as long as is set aside for it`);
  const predicted = predictionWords(job, now);
  return predicted === null ? lines : [...lines, `${predicted}, from what jobs took before`];
}

/** `in 12m00s (14:10), in nine of ten cases in 40m00s (14:38)`; null if nothing is predicted. */
export function predictionWords(
  { predicted_start_at: p50, predicted_start_p90_at: p90 }: Pick<Job, 'predicted_start_at' | 'predicted_start_p90_at'>,
  now: number,
): string | null {
  if (p50 === null || p90 === null) return null;
  const [soon, late] = [untilWords(p50, now), untilWords(p90, now)];
  return soon === late ? soon : `${soon}, in nine of ten cases ${late}`;
}

function aheadLines({ job, ahead, penalty }: Explanation): string[] {
  if (job.position === null) return [];
  const own = `this one: place ${job.position}, ${cleanLine(job.user)} has ${formatPenalty(penalty)}${classWords(job.priority)}`;
  if (ahead.length === 0) return [`nobody; ${own}`];
  const more = job.position - 1 - ahead.length;
  return [
    ...ahead.map((other) => {
      const why =
        other.user === job.user ? 'the same user' : `${cleanLine(other.user)} has ${formatPenalty(other.penalty)}`;
      return `#${other.id} ${cleanLine(other.name)}: ${why}${classWords(other.priority)}`;
    }),
    ...(more > 0 ? [`and ${more} more`] : []),
    own,
  ];
}

const classWords = (priority: number): string => (priority === 0 ? '' : `, priority ${priority}`);

function placeWords({ machine, model }: Alternative): string {
  return `On ${cleanLine(machine)}${model === null ? '' : `, ${cleanLine(model)}`}`;
}

function alternativeLines({ blockers, clear, start_at: startAt }: Alternative, now: number): string[] {
  return [
    ...blockers.map(({ kind, text }) => `${styleText('red', '✖')} ${cleanLine(text)}${KIND_WORDS[kind]}`),
    ...clear.map((text) => `${styleText('green', '✔')} ${cleanLine(text)}`),
    startAt === null
      ? 'never, as things are'
      : `${blockers.length === 0 ? 'could start' : 'free for it'} ${untilWords(startAt, now)}`,
  ];
}

const KIND_WORDS: Record<Alternative['blockers'][number]['kind'], string> = {
  short: '',
  kept: ', kept for jobs before it',
  'out-of-use': ', the rest is out of use',
  'too-small': ', more than there is',
  rule: '',
};

function changeWords({ text, start_at: startAt, gain_seconds: gain }: Counterfactual, now: number): string {
  if (gain === 0 || startAt === null) return `${cleanLine(text)}: no gain`;
  return `${cleanLine(text)}: ${untilWords(startAt, now)}${gain === null ? '' : `, ${formatDuration(gain * 1000)} earlier`}`;
}
