// A state is three things at once: a silhouette, a word and a tone, so that the page reads without colour.
import type { Gpu, Job, Outcome } from '@dopq/contract';

export type Tone = 'work' | 'ok' | 'look' | 'fail' | 'rest';
export type IconName =
  | 'run'
  | 'wait'
  | 'build'
  | 'check'
  | 'held'
  | 'fail'
  | 'time'
  | 'cancel'
  | 'free'
  | 'idle'
  | 'out'
  | 'drain'
  | 'warn'
  | 'find'
  | 'copy'
  | 'live'
  | 'grip'
  | 'down'
  | 'close'
  | 'up'
  | 'lock'
  | 'left'
  | 'right';

export interface Shown {
  icon: IconName;
  tone: Tone;
  word: string;
}

const OUTCOMES: Record<Outcome, Shown> = {
  succeeded: { icon: 'check', tone: 'ok', word: 'succeeded' },
  failed: { icon: 'fail', tone: 'fail', word: 'failed' },
  out_of_memory: { icon: 'fail', tone: 'fail', word: 'out of memory' },
  timed_out: { icon: 'time', tone: 'look', word: 'timed out' },
  cancelled: { icon: 'cancel', tone: 'rest', word: 'cancelled' },
  rejected: { icon: 'fail', tone: 'fail', word: 'rejected' },
  build_failed: { icon: 'fail', tone: 'fail', word: 'build failed' },
  start_failed: { icon: 'fail', tone: 'fail', word: 'start failed' },
  interrupted: { icon: 'warn', tone: 'look', word: 'interrupted' },
  lost: { icon: 'fail', tone: 'fail', word: 'lost' },
};

const STATES: Record<Job['state'], Shown> = {
  receiving: { icon: 'build', tone: 'work', word: 'receiving' },
  checking: { icon: 'build', tone: 'work', word: 'checking' },
  building: { icon: 'build', tone: 'work', word: 'building' },
  queued: { icon: 'wait', tone: 'rest', word: 'waiting' },
  held: { icon: 'held', tone: 'look', word: 'held' },
  starting: { icon: 'run', tone: 'work', word: 'starting' },
  running: { icon: 'run', tone: 'work', word: 'running' },
  finished: { icon: 'check', tone: 'rest', word: 'finished' },
};

/** How a job ended; a failure of the user's code says its exit code. */
export function showOutcome(job: Pick<Job, 'outcome' | 'exit_code'>): Shown {
  if (job.outcome === null) return STATES.finished;
  const shown = OUTCOMES[job.outcome];
  return job.outcome === 'failed' && job.exit_code !== null
    ? { ...shown, word: `failed, exit ${job.exit_code}` }
    : shown;
}

/** State of a job, or its outcome once it has one. */
export function showState(job: Pick<Job, 'state' | 'outcome' | 'exit_code'>): Shown {
  return job.state === 'finished' ? showOutcome(job) : STATES[job.state];
}

/**
 * A GPU as its card shows it.
 * @param idleMs how long an allocated GPU has done nothing; 0 = it works
 */
export function showGpu(gpu: Gpu, idleWords: string | null): Shown & { chip: boolean; kind: GpuKind } {
  if (gpu.state === 'free') return { kind: 'free', icon: 'free', tone: 'ok', word: 'free', chip: true };
  if (gpu.state === 'drained') return { kind: 'drained', icon: 'drain', tone: 'rest', word: 'drained', chip: false };
  if (gpu.state === 'outside') return { kind: 'outside', icon: 'out', tone: 'look', word: 'outside', chip: true };
  if (gpu.state === 'stale') return { kind: 'doubt', icon: 'time', tone: 'look', word: 'no reading', chip: true };
  if (gpu.state === 'error') return { kind: 'doubt', icon: 'warn', tone: 'fail', word: 'error', chip: true };
  if (idleWords) return { kind: 'idle', icon: 'idle', tone: 'look', word: `idle ${idleWords}`, chip: true };
  if (gpu.state === 'shared')
    return { kind: 'work', icon: 'run', tone: 'work', word: `${gpu.slots_used} of ${gpu.slots} slots`, chip: false };
  return { kind: 'work', icon: 'run', tone: 'work', word: 'running', chip: false };
}
export type GpuKind = 'work' | 'idle' | 'outside' | 'drained' | 'free' | 'doubt';
