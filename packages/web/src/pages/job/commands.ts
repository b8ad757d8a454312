import type { Job } from '@dopq/contract';

/** What works for the job in the state it is in, on the command line. */
export function commandsFor(
  job: Pick<Job, 'id' | 'state' | 'attempt' | 'outcome' | 'build_log' | 'time_limit_seconds'>,
): [verb: string, command: string][] {
  const { id, state } = job;
  const isOver = state === 'finished';
  const lines: [verb: string, command: string, works: boolean][] = [
    ['Follow', `dopq logs -f ${id}`, state === 'running'],
    ['Terminal', `dopq exec ${id}`, state === 'running'],
    ['Extend', `dopq extend ${id} 2h`, state === 'running' && job.time_limit_seconds !== null],
    ['Log', `dopq logs ${id}`, state !== 'running' && job.attempt > 0],
    ['Why, when', `dopq explain ${id}`, state === 'queued' || state === 'held'],
    ['Build', `dopq logs --build ${id}`, job.build_log !== null],
    ['All of it', `dopq show ${id}`, true],
    ['Again', `dopq retry ${id}`, isOver && job.outcome !== 'rejected'],
    ['Cancel', `dopq cancel ${id}`, !isOver],
  ];
  return lines.flatMap(([verb, command, works]) => (works ? [[verb, command]] : []));
}
