import type { Job } from '@dopq/contract';
import { useState } from 'react';
import { forEachJob, useAction } from '../api/act.ts';
import { api } from '../api/client.ts';
import { plural } from '../words/amounts.ts';
import { ownersOf } from '../words/owners.ts';
import { Dialog } from './Dialog.tsx';

interface Props {
  jobs: Job[];
  onClose: () => void;
  /** They are held. */
  onDone: () => void;
}

export function HoldDialog({ jobs, onClose, onDone }: Props) {
  const [run, isBusy] = useAction();
  const [reason, setReason] = useState('');
  const [first] = jobs;
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    const hold = (id: number) => api.jobs.hold({ id, ...(reason && { reason }) });
    void run(() => forEachJob(jobs, 'held', hold)).then((isDone) => isDone && onDone());
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
            Hold {first && jobs.length === 1 ? `#${first.id}` : plural(jobs.length, 'job')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
