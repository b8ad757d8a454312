// What was measured: rows by step and subject, and the sums that a job keeps for good.
import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { JobUseTable } from './schema.ts';

export type Values = Record<string, number | null>;

export interface Sample {
  subject: string;
  /** Beginning of the step, milliseconds since 1970. */
  at: number;
  means: Values;
  peaks: Values;
}

/** What one measurement adds to a job's sums. */
export interface JobUseNow {
  jobId: number;
  cpuPercent: number;
  memoryBytes: number;
  gpuUtilizationPercent: number | null;
  /** Of all its GPUs together. */
  gpuMemoryBytes?: number | null;
}

export class Measurements {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Several of the calls below as one commit that wakes nobody and waits for no disk. */
  lazily(steps: () => void): void {
    this.#db.lazily(steps);
  }

  put(stepSeconds: number, samples: readonly Sample[]): void {
    for (const { subject, at, means, peaks } of samples) {
      const values = { means: JSON.stringify(means), peaks: JSON.stringify(peaks) };
      this.#db.run(
        this.#db.sql
          .insertInto('samples')
          .values({ step: stepSeconds, subject, at, ...values })
          .onConflict((conflict) => conflict.columns(['step', 'subject', 'at']).doUpdateSet(values)),
      );
    }
  }

  /** @param from,to milliseconds since 1970; `from` included, `to` not */
  read(stepSeconds: number, range: { from: number; to: number }, subject?: string): Sample[] {
    let query = this.#db.sql
      .selectFrom('samples')
      .select(['subject', 'at', 'means', 'peaks'])
      .where('step', '=', stepSeconds)
      .where('at', '>=', range.from)
      .where('at', '<', range.to);
    query = subject === undefined ? query.orderBy('subject').orderBy('at') : query.where('subject', '=', subject);
    return this.#db.all(query.orderBy('at')).map(({ means, peaks, ...row }) => ({
      ...row,
      means: JSON.parse(means) as Values,
      peaks: JSON.parse(peaks) as Values,
    }));
  }

  dropBefore(stepSeconds: number, at: number): void {
    this.#db.run(this.#db.sql.deleteFrom('samples').where('step', '=', stepSeconds).where('at', '<', at));
  }

  addUse(use: JobUseNow, isIdle: boolean): void {
    const { jobId, cpuPercent, memoryBytes, gpuUtilizationPercent, gpuMemoryBytes = null } = use;
    const gpu = gpuUtilizationPercent === null ? 0 : 1;
    const now = {
      jobId,
      measurements: 1,
      cpuPercentSum: cpuPercent,
      memoryPeakBytes: memoryBytes,
      gpuMeasurements: gpu,
      gpuUtilizationSum: gpuUtilizationPercent ?? 0,
      gpuIdleSum: gpu === 1 && isIdle ? 1 : 0,
      gpuMemoryPeakBytes: gpuMemoryBytes,
    };
    this.#db.run(
      this.#db.sql
        .insertInto('jobUse')
        .values(now)
        .onConflict((conflict) =>
          conflict.column('jobId').doUpdateSet((eb) => ({
            measurements: eb('jobUse.measurements', '+', 1),
            cpuPercentSum: eb('jobUse.cpuPercentSum', '+', now.cpuPercentSum),
            memoryPeakBytes: sql<number>`max(jobUse.memoryPeakBytes, ${now.memoryPeakBytes})`,
            gpuMeasurements: eb('jobUse.gpuMeasurements', '+', now.gpuMeasurements),
            gpuUtilizationSum: eb('jobUse.gpuUtilizationSum', '+', now.gpuUtilizationSum),
            gpuIdleSum: eb('jobUse.gpuIdleSum', '+', now.gpuIdleSum),
            gpuMemoryPeakBytes: sql<
              number | null
            >`max(ifnull(jobUse.gpuMemoryPeakBytes, ${gpuMemoryBytes}), ifnull(${gpuMemoryBytes}, jobUse.gpuMemoryPeakBytes))`,
          })),
        ),
    );
  }

  useOf(jobId: number): JobUseTable | undefined {
    return this.#db.find(this.#db.sql.selectFrom('jobUse').selectAll().where('jobId', '=', jobId));
  }
}
