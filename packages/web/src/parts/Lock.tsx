// A lock of the queue, said the same wherever it is shown, and how it is ended.
import type { Lock } from '@dopq/contract';
import { useAction } from '../api/act.ts';
import { api } from '../api/client.ts';
import { at, clock } from '../words/time.ts';

/** `By ana, since 14:02, until 18:00.` */
export function lockedBy({ actor, since, until }: Lock, now: number): string {
  const parts = [
    actor && `by ${actor.replace(/^user:/, '')}`,
    since && `since ${clock(at(since), now)}`,
    until ? `until ${clock(at(until), now)}` : 'until somebody unlocks it',
  ];
  const words = parts.filter(Boolean).join(', ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** For operators. */
export function UnlockButton() {
  const [run, isBusy] = useAction();
  const unlock = (): void =>
    void run(async () => {
      await api.queue.unlock();
      return 'The queue is open again.';
    });
  return (
    <button type="button" className="btn main" disabled={isBusy} onClick={unlock}>
      Unlock
    </button>
  );
}
