export type { Alternative, Blocker, Need } from './blockers.ts';
export { type Calibration, calibrated, calibrationOf, type Told } from './calibrate.ts';
export { parseClusterCsv } from './cluster-csv.ts';
export { type LeanerAsk, leanerAsks, type ProvenGain, provenGains, type Use } from './efficiency.ts';
export { type Counterfactual, type Explanation, explain } from './explain.ts';
export { asRecorded, type Fidelity, fidelityOf } from './fidelity.ts';
export { type ForecastOptions, forecast, type Prediction } from './forecast.ts';
export { gpuShareOf } from './charge.ts';
export { matchesModel, shortModel } from './gpu-model.ts';
export { chooseRemovals, type Kept, type KeepLimits } from './house-keeping.ts';
export { type Ledger, type LedgerLine, ledgerOf } from './ledger.ts';
export { placesOf } from './own-order.ts';
export { penalties, penaltyOf } from './penalty.ts';
export { type Plan, plan, type Reservation, type Start } from './plan.ts';
export type { Backfill, LimitedThing, Limits, Ordering, Policy } from './policy.ts';
export type { Reason } from './reason.ts';
export { reportOf, type SimulationReport } from './report.ts';
export { type Belief, type Simulation, type SimulationOptions, simulate } from './simulate.ts';
export type {
  ArrayPlace,
  Awaited,
  Gpu,
  Machine,
  PastRun,
  QueuedJob,
  Request,
  RunningJob,
  Snapshot,
} from './snapshot.ts';
export {
  hasEnded,
  type Correction,
  type EndedAttempt,
  type Observed,
  type Outage,
  type RecordedAttempt,
  type ReconcileInput,
  reconcile,
  type Verdict,
  verdictOf,
} from './reconcile.ts';
export { parseSwf } from './swf.ts';
export type { ParsedTrace, Trace, TraceJob } from './trace.ts';
