import type { Clock } from '../clock.ts';
import { Accounts } from './accounts.ts';
import { Attempts } from './attempts.ts';
import { Audit } from './audit.ts';
import { Configs } from './configs.ts';
import { Database } from './database.ts';
import { Drains } from './drains.ts';
import { Events } from './events.ts';
import { History } from './history.ts';
import { JobCounts } from './job-counts.ts';
import { JobPages } from './job-pages.ts';
import { Jobs } from './jobs.ts';
import { Measurements } from './measurements.ts';
import { Needs } from './needs.ts';
import { Notices } from './notices.ts';
import { PastRuns } from './past-runs.ts';
import { Promises } from './promises.ts';
import { Secrets } from './secrets.ts';
import { Settings } from './settings.ts';
import { Submissions } from './submissions.ts';
import { Users } from './users.ts';
import { WaitingLine } from './waiting-jobs.ts';

/** What is recorded. The server is its only writer. */
export interface Store extends Disposable {
  jobs: Jobs;
  jobPages: JobPages;
  jobCounts: JobCounts;
  submissions: Submissions;
  waitingLine: WaitingLine;
  attempts: Attempts;
  pastRuns: PastRuns;
  history: History;
  needs: Needs;
  configs: Configs;
  users: Users;
  accounts: Accounts;
  audit: Audit;
  events: Events;
  settings: Settings;
  promises: Promises;
  measurements: Measurements;
  drains: Drains;
  secrets: Secrets;
  notices: Notices;
  /** Copies the whole database to a new file, while it is in use. @throws StoreError */
  copyTo(file: string): Promise<void>;
  /** Several changes as one. */
  transaction<T>(steps: () => T): T;
  /** Calls `write` at the end of each transaction that changed something, inside it. */
  beforeCommit(write: () => void): void;
  /** Calls back after each commit that changed something. Returns how to stop. */
  onCommit(listener: () => void): () => void;
}

/** Opens the database file (`:memory:` for none), bringing it to this version's schema. */
export function openStore(file: string, clock: Clock): Store {
  const db = new Database(file);
  const events = new Events(db);
  const jobs = new Jobs(db, events, clock);
  const attempts = new Attempts(db, jobs, clock);
  const pastRuns = new PastRuns(db, attempts);
  return {
    jobs,
    jobPages: new JobPages(db, jobs),
    jobCounts: new JobCounts(db),
    submissions: new Submissions(db, jobs),
    waitingLine: new WaitingLine(db, clock),
    attempts,
    pastRuns,
    history: new History(db, jobs, pastRuns),
    needs: new Needs(db),
    configs: new Configs(db),
    users: new Users(db),
    accounts: new Accounts(db),
    audit: new Audit(db),
    events,
    settings: new Settings(db),
    promises: new Promises(db),
    measurements: new Measurements(db),
    drains: new Drains(db),
    secrets: new Secrets(db),
    notices: new Notices(db),
    copyTo: (copy) => db.copyTo(copy),
    transaction: (steps) => db.transaction(steps),
    beforeCommit: (write) => db.beforeCommit(write),
    onCommit: (listener) => db.onCommit(listener),
    [Symbol.dispose]: () => db[Symbol.dispose](),
  };
}
