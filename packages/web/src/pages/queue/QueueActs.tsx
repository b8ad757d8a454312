import type { Job } from '@dopq/contract';
import { useState } from 'react';
import { deleteJobs, forEachJob, useAction } from '../../api/act.ts';
import { api } from '../../api/client.ts';
import { mayActOn, mayRelease, useMe } from '../../api/me.ts';
import { FormDialog } from '../../parts/FormDialog.tsx';
import { HoldDialog } from '../../parts/HoldDialog.tsx';
import { useKeys } from '../../parts/use-keys.ts';
import { plural } from '../../words/amounts.ts';
import { ownersOf } from '../../words/owners.ts';

interface Props {
  jobs: Job[];
  picked: ReadonlySet<number>;
  open: Job | undefined;
  onDone: () => void;
}

/** What can be done to the picked jobs, or else to the open one. */
export function QueueActs({ jobs, picked, open, onDone }: Props) {
  const me = useMe();
  const [run, isBusy] = useAction();
  const [asking, setAsking] = useState<'hold' | 'cancel'>();
  const chosen = (picked.size > 0 ? jobs.filter(({ id }) => picked.has(id)) : open ? [open] : []).filter(({ user }) =>
    mayActOn(me, user),
  );
  const held = chosen.filter((job) => job.state === 'held' && mayRelease(me, job));
  const holdable = chosen.filter(({ state }) => state !== 'held');
  const release = (): void =>
    void run(() => forEachJob(held, 'released', (id) => api.jobs.release({ id }))).then(onDone);
  useKeys({
    h: () => holdable.length > 0 && setAsking('hold'),
    r: () => held.length > 0 && release(),
    c: () => chosen.length > 0 && setAsking('cancel'),
  });
  const done = (): void => {
    setAsking(undefined);
    onDone();
  };
  return (
    <>
      {held.length > 0 && (
        <button type="button" className="btn" disabled={isBusy} onClick={release}>
          Release{held.length > 1 && ` ${held.length}`}
        </button>
      )}
      <button type="button" className="btn" disabled={holdable.length === 0} onClick={() => setAsking('hold')}>
        Hold…
      </button>
      <button type="button" className="btn danger" disabled={chosen.length === 0} onClick={() => setAsking('cancel')}>
        Cancel…
      </button>
      {asking === 'hold' && <HoldDialog jobs={holdable} onClose={() => setAsking(undefined)} onDone={done} />}
      {asking === 'cancel' && <CancelDialog jobs={chosen} onClose={() => setAsking(undefined)} onDone={done} />}
    </>
  );
}

interface DialogProps {
  jobs: Job[];
  onClose: () => void;
  onDone: () => void;
}

function CancelDialog({ jobs, onClose, onDone }: DialogProps) {
  return (
    <FormDialog
      title={`Cancel ${ownersOf(jobs)}`}
      act={`Cancel ${plural(jobs.length, 'job')}`}
      onDo={() => deleteJobs(jobs.map(({ id }) => id))}
      keep={jobs.length === 1 ? 'Keep it' : 'Keep them'}
      isDanger
      onClose={onClose}
      onDone={onDone}
    >
      <p className="m2">
        {jobs.length === 1 ? 'It leaves' : 'They leave'} the queue. Nothing has run yet, so no work is lost; the archive
        can be submitted again.
      </p>
      <ul className="doomed">
        {jobs.slice(0, 6).map((job) => (
          <li key={job.id} className="cut">
            <span className="m3">#{job.id}</span> {job.name} <span className="m3">of {job.user}</span>
          </li>
        ))}
        {jobs.length > 6 && <li className="m3">and {jobs.length - 6} more</li>}
      </ul>
    </FormDialog>
  );
}
