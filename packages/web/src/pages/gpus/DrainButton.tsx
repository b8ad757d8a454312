import type { Gpu } from '@dopq/contract';
import { useState } from 'react';
import { useAction } from '../../api/act.ts';
import { api } from '../../api/client.ts';
import { isOperator, useMe } from '../../api/me.ts';
import { FormDialog, ReasonField } from '../../parts/FormDialog.tsx';

/** For operators: no new jobs for this GPU, and back again. */
export function DrainButton({ gpu }: { gpu: Gpu }) {
  const me = useMe();
  const [run, isBusy] = useAction();
  const [isAsking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  if (!isOperator(me)) return null;
  const where = `${gpu.machine} GPU ${gpu.index}`;
  if (gpu.state === 'drained') {
    const undrain = (): void =>
      void run(async () => {
        await api.drains.remove({ gpu: gpu.uuid });
        return `${where} gets jobs again.`;
      });
    return (
      <button type="button" className="btn" disabled={isBusy} onClick={undrain}>
        Give it out again
      </button>
    );
  }
  const drain = async (): Promise<string> => {
    await api.drains.add({ gpu: gpu.uuid, reason });
    return `${where} gets no new jobs.`;
  };
  return (
    <>
      <button type="button" className="btn" onClick={() => setAsking(true)}>
        Drain…
      </button>
      {isAsking && (
        <FormDialog title={`Drain ${where}`} act="Drain" onDo={drain} onClose={() => setAsking(false)}>
          <p className="m2">It gets no new jobs. What runs on it goes on to its end.</p>
          <ReasonField value={reason} onChange={setReason} />
        </FormDialog>
      )}
    </>
  );
}
