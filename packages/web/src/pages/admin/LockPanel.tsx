import { useState } from 'react';
import { useAction } from '../../api/act.ts';
import { api } from '../../api/client.ts';
import { useStatus } from '../../api/queries.ts';
import { lockedBy, UnlockButton } from '../../parts/Lock.tsx';
import { Loading } from '../../parts/page.tsx';
import { State } from '../../parts/State.tsx';
import { useNow } from '../../parts/use-now.ts';
import { Field } from '../../parts/Field.tsx';

const HOURS = [
  ['', 'until somebody unlocks it'],
  ['1', 'for 1 h'],
  ['4', 'for 4 h'],
  ['24', 'for a day'],
] as const;
const HOUR_MS = 3_600_000;

/** Nothing starts; everything else goes on. */
export function LockPanel() {
  const { data: status } = useStatus();
  const [run, isBusy] = useAction();
  const [message, setMessage] = useState('');
  const [hours, setHours] = useState('');
  const now = useNow();
  if (!status) return <Loading />;
  const { lock: held } = status.queue;
  const lock = (event: React.FormEvent): void => {
    event.preventDefault();
    void run(async () => {
      await api.queue.lock({
        message,
        ...(hours && { until: new Date(Date.now() + Number(hours) * HOUR_MS).toISOString() }),
      });
      return 'The queue is locked.';
    });
  };
  return (
    <section className="panel card" aria-label="Lock">
      <h2>
        Lock <span>nothing starts any more; intake, builds and what runs go on</span>
      </h2>
      {held.locked ? (
        <div className="head">
          <State icon="lock" tone="look" word="locked" chip />
          <span className="m2">
            {lockedBy(held, now)} {held.message}
          </span>
          <span className="gap" />
          <UnlockButton />
        </div>
      ) : (
        <form className="lock-form" onSubmit={lock}>
          <Field
            label="Message, shown to everyone"
            maxLength={500}
            value={message}
            placeholder="Kernel update from 18:00"
            onText={setMessage}
          />
          <label className="field">
            <span>How long</span>
            <select className="in" value={hours} onChange={(event) => setHours(event.target.value)}>
              {HOURS.map(([value, words]) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </select>
          </label>
          <button type="submit" className="btn" disabled={isBusy}>
            Lock the queue
          </button>
        </form>
      )}
    </section>
  );
}
