import type { Gpu } from '@dopq/contract';
import { useState } from 'react';
import { useAction } from '../../api/act.ts';
import { api } from '../../api/client.ts';
import { isOperator, useMe } from '../../api/me.ts';
import { Dialog } from '../../parts/Dialog.tsx';

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
  const drain = (event: React.FormEvent): void => {
    event.preventDefault();
    void run(async () => {
      await api.drains.add({ gpu: gpu.uuid, reason });
      return `${where} gets no new jobs.`;
    }).then((isDone) => isDone && setAsking(false));
  };
  return (
    <>
      <button type="button" className="btn" onClick={() => setAsking(true)}>
        Drain…
      </button>
      {isAsking && (
        <Dialog title={`Drain ${where}`} onClose={() => setAsking(false)}>
          <form className="dialog-form" onSubmit={drain}>
            <p className="m2">It gets no new jobs. What runs on it goes on to its end.</p>
            <label className="field">
              <span>Reason, shown to everyone</span>
              <input
                className="in"
                value={reason}
                maxLength={500}
                autoFocus
                onChange={(event) => setReason(event.target.value)}
              />
            </label>
            <div className="acts">
              <button type="button" className="btn" onClick={() => setAsking(false)}>
                Leave it
              </button>
              <button type="submit" className="btn main" disabled={isBusy}>
                Drain
              </button>
            </div>
          </form>
        </Dialog>
      )}
    </>
  );
}
