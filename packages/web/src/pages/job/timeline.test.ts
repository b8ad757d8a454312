import type { Job, JobEvent } from '@dopq/contract';
import { expect, test } from 'vitest';
import { stepsOf } from './timeline.ts';

const NOON = Date.parse('2031-05-04T12:00:00.000Z');
const minute = (minutes: number): string => new Date(NOON + minutes * 60_000).toISOString();

const FINISHED = {
  state: 'finished',
  outcome: 'succeeded',
  source: 'share',
  reason: null,
  attempt: 1,
  time_limit_seconds: null,
  created_at: minute(0),
  queued_at: minute(2),
  started_at: minute(3),
  finished_at: minute(9),
} as Job;
const REJECTED = { ...FINISHED, outcome: 'rejected', attempt: 0, queued_at: null, started_at: null } as Job;
const BUILDING = { seq: 1, at: minute(1), job_id: 1, actor: 'provider', kind: 'building', message: '' } as JobEvent;

const checkedOf = (job: Job, events: JobEvent[]) =>
  stepsOf(job, events, NOON + 3_600_000).find(({ name }) => name === 'checked');

test('a finished job has passed its check, whether or not its events are still there', () => {
  expect(checkedOf(FINISHED, [BUILDING])).toMatchObject({ state: 'done', detail: '1 min 00' });
  expect(checkedOf(FINISHED, [])).toMatchObject({ state: 'done' });
});

test('a refused job has not', () => expect(checkedOf(REJECTED, [])).toMatchObject({ state: 'next' }));
