// How containers are called: for people, who type the name, and for us, who find what the table knows by it.
import type { AttemptRecord } from '../store/attempts.ts';

/** A Dockerfile may put our labels on the containers of its own build; their names it cannot choose. */
const OURS = /^dopq-\d+-\d+(-[0-9a-z-]+)?$/;

export function isOurName(name: string): boolean {
  return OURS.test(name);
}

/** `dopq-12-1`: the first attempt of job #12. */
export function containerName(jobId: number, attempt: number): string {
  return `dopq-${jobId}-${attempt}`;
}

/** Of an instance, for people to tell two of them apart. */
const INSTANCE_LENGTH = 6;

/** The same where that name is taken: another DoPQ on this engine has a job of that number, or somebody was quicker. */
export function containerNameWithInstance({ jobId, number }: AttemptRecord, instance: string): string {
  return `${containerName(jobId, number)}-${instance.slice(0, INSTANCE_LENGTH)}`;
}
