import type { Job } from '@dopq/contract';
import { useState } from 'react';
import { forEachJob } from '../api/act.ts';
import { api } from '../api/client.ts';
import { plural } from '../words/amounts.ts';
import { ownersOf } from '../words/owners.ts';
import { FormDialog, ReasonField } from './FormDialog.tsx';

interface Props {
  jobs: Job[];
  onClose: () => void;
  /** They are held. */
  onDone: () => void;
}

export function HoldDialog({ jobs, onClose, onDone }: Props) {
  const [reason, setReason] = useState('');
  const [first] = jobs;
  const hold = (id: number) => api.jobs.hold({ id, ...(reason && { reason }) });
  return (
    <FormDialog
      title={`Hold ${ownersOf(jobs)}`}
      act={`Hold ${first && jobs.length === 1 ? `#${first.id}` : plural(jobs.length, 'job')}`}
      onDo={() => forEachJob(jobs, 'held', hold)}
      keep="Leave as it is"
      onClose={onClose}
      onDone={onDone}
    >
      <p className="m2">A held job keeps its place and does not start until somebody releases it.</p>
      <ReasonField value={reason} onChange={setReason} />
    </FormDialog>
  );
}
