// Why an archive was not believed, and whether a copy that is still under way could look the same.
import { type Problem, showValue } from '@dopq/contract';

export class ArchiveFailure extends Error {
  override name = 'ArchiveFailure';
  /** True if a copy that has not finished looks the same. */
  readonly damaged: boolean;
  readonly problem: Problem;

  constructor(damaged: boolean, problem: Problem) {
    super(problem.message);
    this.damaged = damaged;
    this.problem = problem;
  }
}

export interface ArchivePlace {
  /** File name of the archive. */
  archive: string;
  /** Entry inside it, if it is about one. */
  entry?: string | undefined;
}

export function archiveProblem(place: ArchivePlace, rule: string, message: string, fix: string): Problem {
  return { file: place.archive, field: place.entry === undefined ? '' : showValue(place.entry), rule, message, fix };
}

/** A failure that no further copying can mend. */
export function refusal(place: ArchivePlace, rule: string, message: string, fix: string): ArchiveFailure {
  return new ArchiveFailure(false, archiveProblem(place, rule, message, fix));
}
