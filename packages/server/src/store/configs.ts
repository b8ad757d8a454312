import type { Database } from './database.ts';

/** The text of each job's container_config.json. Apart from the job's row: lists of jobs never need it. */
export class Configs {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  keep(jobId: number, content: string): void {
    this.#db.run(
      this.#db.sql
        .insertInto('jobConfigs')
        .values({ jobId, content })
        .onConflict((conflict) => conflict.column('jobId').doUpdateSet({ content })),
    );
  }

  /** Undefined where there was none, or where it could not be read. */
  find(jobId: number): string | undefined {
    return this.#db.find(this.#db.sql.selectFrom('jobConfigs').select('content').where('jobId', '=', jobId))?.content;
  }
}
