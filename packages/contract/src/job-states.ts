// What becomes of a job, in words. No schema here: whoever starts often loads this and nothing else with it.

/** Where a job is in its life. A closed list; stopping, stuck or waiting for disk are reasons, not states. */
export const JOB_STATES = [
  'receiving',
  'checking',
  'building',
  'queued',
  'held',
  'starting',
  'running',
  'finished',
] as const;

/** How a finished job ended. `interrupted` means the engine, the machine or DoPQ ended it, never the user's code. */
export const OUTCOMES = [
  'succeeded',
  'failed',
  'out_of_memory',
  'timed_out',
  'cancelled',
  'rejected',
  'build_failed',
  'start_failed',
  'interrupted',
  'lost',
] as const;

/** Two-letter codes as in Slurm's squeue; the ones Slurm lacks follow its habit. */
export const STATE_CODES: Record<(typeof JOB_STATES | typeof OUTCOMES)[number], string> = {
  receiving: 'RV',
  checking: 'CK',
  building: 'BD',
  queued: 'PD',
  held: 'HD',
  starting: 'ST',
  running: 'R',
  finished: 'CD',
  succeeded: 'CD',
  failed: 'F',
  out_of_memory: 'OOM',
  timed_out: 'TO',
  cancelled: 'CA',
  rejected: 'RJ',
  build_failed: 'BF',
  start_failed: 'SF',
  interrupted: 'IN',
  lost: 'LO',
};
