// The end of a history: cleared jobs are in no list any more, forgotten ones are not in the database.
import type { Database } from './database.ts';
import type { Jobs } from './jobs.ts';
import type { PastRuns } from './past-runs.ts';

export class History {
  readonly #db: Database;
  readonly #jobs: Jobs;
  readonly #pastRuns: PastRuns;

  constructor(db: Database, jobs: Jobs, pastRuns: PastRuns) {
    this.#db = db;
    this.#jobs = jobs;
    this.#pastRuns = pastRuns;
  }

  /** Takes finished jobs out of every list; what they used still counts. @returns how many */
  clear({ before, user, at }: { before: number; user?: string | undefined; at: number }): number {
    let query = this.#db.sql
      .updateTable('jobs')
      .set({ clearedAt: at })
      .where('state', '=', 'finished')
      .where('finishedAt', '<=', before)
      .where('clearedAt', 'is', null);
    if (user !== undefined) query = query.where('user', '=', user);
    const { changes } = this.#db.run(query);
    this.#jobs.touchAll();
    return changes;
  }

  /**
   * Removes cleared jobs and all that is recorded of them. Those that still have something on the engine or in an inbox stay
   * until that is gone.
   * @returns how many
   */
  forget({ before, user }: { before: number; user?: string | undefined }): number {
    let doomed = this.#db.sql
      .selectFrom('jobs')
      .select('jobs.id')
      .where('clearedAt', 'is not', null)
      .where('finishedAt', '<=', before)
      .where('receiptName', 'is', null)
      .where('zipPlace', '!=', 'inbox')
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('attempts')
              .select('attempts.jobId')
              .whereRef('attempts.jobId', '=', 'jobs.id')
              .where('attempts.cleared', '=', 0),
          ),
        ),
      );
    if (user !== undefined) doomed = doomed.where('user', '=', user);
    const { sql } = this.#db;
    // The first job of an array goes last.
    const ids = this.#db.all(doomed.orderBy('id', 'desc')).map(({ id }) => id);
    const isNeeded = (id: number) =>
      this.#db.find(sql.selectFrom('jobs').select('id').where('arrayId', '=', id).where('id', '!=', id).limit(1));
    let count = 0;
    for (const id of ids) {
      if (isNeeded(id)) continue;
      count += 1;
      for (const table of ['attempts', 'events', 'jobUse', 'jobConfigs'] as const) {
        this.#db.run(sql.deleteFrom(table).where('jobId', '=', id));
      }
      this.#db.run(sql.deleteFrom('jobs').where('id', '=', id));
    }
    this.#jobs.touchAll();
    this.#pastRuns.forget();
    return count;
  }
}
