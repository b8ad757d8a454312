import type { Job } from '@dopq/contract';
import { useState } from 'react';
import { deleteJobs, forEachJob, useAction } from '../../api/act.ts';
import { api } from '../../api/client.ts';
import { mayActOn, mayRelease, useMe } from '../../api/me.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { useKeys } from '../../parts/use-keys.ts';
import { plural } from '../../words/amounts.ts';

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
    void run(() =>
      forEachJob(
        held.map(({ id }) => id),
        'released',
        (id) => api.jobs.release({ id }),
      ),
    ).then(onDone);
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

function HoldDialog({ jobs, onClose, onDone }: DialogProps) {
  const [run, isBusy] = useAction();
  const [reason, setReason] = useState('');
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    const hold = (id: number) => api.jobs.hold({ id, ...(reason && { reason }) });
    void run(() =>
      forEachJob(
        jobs.map(({ id }) => id),
        'held',
        hold,
      ),
    ).then((isDone) => isDone && onDone());
  };
  return (
    <Dialog title={`Hold ${ownersOf(jobs)}`} onClose={onClose}>
      <form onSubmit={submit} className="dialog-form">
        <p className="m2">A held job keeps its place and does not start until somebody releases it.</p>
        <label className="field">
          <span>Reason, shown to everyone</span>
          <input
            className="in"
            value={reason}
            maxLength={500}
            onChange={(event) => setReason(event.target.value)}
            autoFocus
          />
        </label>
        <div className="acts">
          <button type="button" className="btn" onClick={onClose}>
            Leave as it is
          </button>
          <button type="submit" className="btn main" disabled={isBusy}>
            Hold {plural(jobs.length, 'job')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function CancelDialog({ jobs, onClose, onDone }: DialogProps) {
  const [run, isBusy] = useAction();
  const cancel = (): void => void run(() => deleteJobs(jobs.map(({ id }) => id))).then((isDone) => isDone && onDone());
  return (
    <Dialog title={`Cancel ${ownersOf(jobs)}`} onClose={onClose}>
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
      <div className="acts">
        <button type="button" className="btn" onClick={onClose} autoFocus>
          Keep {jobs.length === 1 ? 'it' : 'them'}
        </button>
        <button type="button" className="btn danger sure" disabled={isBusy} onClick={cancel}>
          Cancel {plural(jobs.length, 'job')}
        </button>
      </div>
    </Dialog>
  );
}

/** `3 jobs of noor`, `5 jobs of 2 users`, `#142 whisper-xl of noor`. */
function ownersOf(jobs: Job[]): string {
  const [first] = jobs;
  if (jobs.length === 1 && first) return `#${first.id} ${first.name} of ${first.user}`;
  const users = new Set(jobs.map(({ user }) => user));
  return `${plural(jobs.length, 'job')} of ${users.size === 1 ? [...users][0] : plural(users.size, 'user')}`;
}
