import type { Job } from '@dopq/contract';
import { lazy, Suspense, useState } from 'react';
import { useAction } from '../../api/act.ts';
import { api } from '../../api/client.ts';
import { isOperator, mayActOn, mayRelease, useMe } from '../../api/me.ts';
import { useGpus } from '../../api/queries.ts';
import { FormDialog, ReasonField } from '../../parts/FormDialog.tsx';
import { HoldDialog } from '../../parts/HoldDialog.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { useNow } from '../../parts/use-now.ts';
import { useKeys } from '../../parts/use-keys.ts';
import { ownersOf } from '../../words/owners.ts';
import { at, duration } from '../../words/time.ts';

// The editor and its checks are needed by whoever submits, not by whoever looks.
const RetryDialog = lazy(() => import('./RetryDialog.tsx'));

/** What may be done to the job in the state it is in, by whoever looks. */
export function JobActs({ job }: { job: Job }) {
  const me = useMe();
  const [run, isBusy] = useAction();
  const [asking, setAsking] = useState<'cancel' | 'extend' | 'hold' | 'retry'>();
  const mayAct = mayActOn(me, job.user);
  const isActive = job.state !== 'finished';
  const isWaiting = ['receiving', 'checking', 'building', 'queued'].includes(job.state);
  useKeys({ c: () => mayAct && isActive && setAsking('cancel') });
  // A refused file lies in its inbox again: there is nothing here to submit.
  if (!mayAct || job.outcome === 'rejected') return null;
  if (!isActive) {
    return (
      <>
        <button type="button" className="btn" onClick={() => setAsking('retry')}>
          Submit again…
        </button>
        {asking === 'retry' && (
          <Suspense>
            <RetryDialog job={job} onClose={() => setAsking(undefined)} />
          </Suspense>
        )}
      </>
    );
  }
  return (
    <>
      {job.state === 'running' && job.time_limit_seconds !== null && (
        <button type="button" className="btn" onClick={() => setAsking('extend')}>
          Extend…
        </button>
      )}
      {job.state === 'held' && mayRelease(me, job) && (
        <button
          type="button"
          className="btn"
          disabled={isBusy}
          onClick={() => void run(async () => `#${(await api.jobs.release({ id: job.id })).id} is released.`)}
        >
          Release
        </button>
      )}
      {isWaiting && (
        <button type="button" className="btn" onClick={() => setAsking('hold')}>
          Hold…
        </button>
      )}
      <button type="button" className="btn danger" onClick={() => setAsking('cancel')}>
        Cancel…
      </button>
      {asking === 'cancel' && <CancelDialog job={job} onClose={() => setAsking(undefined)} />}
      {asking === 'extend' && <ExtendDialog job={job} onClose={() => setAsking(undefined)} />}
      {asking === 'hold' && (
        <HoldDialog jobs={[job]} onClose={() => setAsking(undefined)} onDone={() => setAsking(undefined)} />
      )}
    </>
  );
}

interface DialogProps {
  job: Job;
  onClose: () => void;
}

/** Says what is lost before it is lost. */
function CancelDialog({ job, onClose }: DialogProps) {
  const now = useNow();
  const { data: gpus = [] } = useGpus();
  const [reason, setReason] = useState('');
  const ran = job.started_at === null ? 0 : now - at(job.started_at);
  const on = gpus.filter(({ uuid }) => job.gpus.includes(uuid)).length;
  const lost = on > 0 ? `${((ran / 3_600_000) * on).toFixed(1)} GPU h so far` : `${duration(ran)} so far`;
  const cancel = async (): Promise<string> => {
    await api.jobs.cancel({ id: job.id, ...(reason && { reason }) });
    return `#${job.id} is being cancelled.`;
  };
  return (
    <FormDialog
      title={`Cancel ${ownersOf([job])}`}
      act={`Cancel #${job.id}`}
      onDo={cancel}
      keep="Keep it"
      isDanger
      onClose={onClose}
    >
      <p className="m2">
        {job.started_at === null
          ? 'It has not started: no work is lost.'
          : `Its container is stopped: ${lost}. Its log stays; what it wrote to its output folder stays too.`}
      </p>
      <ReasonField value={reason} onChange={setReason} />
    </FormDialog>
  );
}

const HOURS = [0.5, 1, 2, 4, 8];

function ExtendDialog({ job, onClose }: DialogProps) {
  const me = useMe();
  const [hours, setHours] = useState(2);
  const [force, setForce] = useState(false);
  const extend = async (): Promise<string> => {
    const { time_limit_seconds: limit } = await api.jobs.extend({ id: job.id, by_seconds: hours * 3600, force });
    return `#${job.id} may run ${limit === null ? 'on' : duration(limit * 1000)} now.`;
  };
  return (
    <FormDialog title={`More time for #${job.id} ${job.name}`} act="Extend" onDo={extend} onClose={onClose}>
      <p className="m2">
        Its limit is {duration((job.time_limit_seconds ?? 0) * 1000)}. More is refused if somebody’s predicted start
        gets worse by it.
      </p>
      <fieldset className="field">
        <legend>How much more</legend>
        <Segments
          options={HOURS.map((value) => [value, duration(value * 3_600_000)])}
          value={hours}
          onChange={setHours}
        />
      </fieldset>
      {isOperator(me) && (
        <label className="tick">
          <input type="checkbox" checked={force} onChange={(event) => setForce(event.target.checked)} />
          Also if others start later by it
        </label>
      )}
    </FormDialog>
  );
}
