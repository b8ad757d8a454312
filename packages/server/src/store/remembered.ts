// What every round of the queue asks for, kept in memory and read again only where it has changed. Reading it anew each time
// was most of the time of a server with many jobs. The server is the database's only writer, so nothing changes unseen.
import type { Database } from './database.ts';

/** A table of a few rows, as a whole. */
export class Remembered<T> {
  readonly #read: () => T;
  #known: { value: T } | undefined;

  constructor(db: Database, read: () => T) {
    this.#read = read;
    db.onRollback(() => this.forget());
  }

  get(): T {
    this.#known ??= { value: this.#read() };
    return this.#known.value;
  }

  /** It has changed, or will have once the transaction under way is committed. */
  forget(): void {
    this.#known = undefined;
  }
}

export interface JobRows<T> {
  /** All of them, or those of one job. */
  read(jobId?: number): readonly T[];
  jobOf(row: T): number;
  compare(a: T, b: T): number;
}

/** Of more jobs the rows are read with all the others. */
const MOST_SINGLE_READS = 500;

/** Rows of which each belongs to a job. */
export class RememberedRows<T> {
  readonly #rows: JobRows<T>;
  /** Job -> its rows; undefined = to be read from the table. */
  #known: Map<number, readonly T[]> | undefined;
  readonly #touched = new Set<number>();
  #sorted: readonly T[] = [];

  constructor(db: Database, rows: JobRows<T>) {
    this.#rows = rows;
    db.onRollback(() => this.forget());
  }

  /** Rows of that job have changed, or will have once the transaction under way is committed. */
  touch(jobId: number): void {
    this.#touched.add(jobId);
  }

  forget(): void {
    this.#known = undefined;
    this.#touched.clear();
  }

  /** All of them, in their order. */
  all(): readonly T[] {
    const rows = this.#rows;
    if (this.#touched.size > MOST_SINGLE_READS) this.forget();
    if (this.#known && this.#touched.size === 0) return this.#sorted;
    const known = this.#known ?? Map.groupBy<number, T>(rows.read(), (row) => rows.jobOf(row));
    let hasChanged = !this.#known;
    for (const jobId of this.#known ? this.#touched : []) {
      const ofJob = rows.read(jobId);
      const isOther = ofJob.length > 0 || known.has(jobId);
      if (ofJob.length > 0) known.set(jobId, ofJob);
      else known.delete(jobId);
      hasChanged ||= isOther;
    }
    this.#touched.clear();
    this.#known = known;
    if (hasChanged) this.#sorted = [...known.values()].flat().sort((a, b) => rows.compare(a, b));
    return this.#sorted;
  }
}
