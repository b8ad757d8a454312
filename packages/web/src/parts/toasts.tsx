// What came of an action, said once in a corner and read aloud. A refusal stays until it is closed; good news leaves by itself.
import { useSyncExternalStore } from 'react';
import { refusalOf } from '../api/client.ts';
import type { Tone } from '../words/states.ts';
import { Icon } from './Icon.tsx';

interface Toast {
  id: number;
  tone: Tone;
  text: string;
  more?: string | undefined;
}

const STAYS_MS = 5000;
let toasts: readonly Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();

function change(to: readonly Toast[]): void {
  toasts = to;
  for (const listener of listeners) listener();
}

function close(id: number): void {
  change(toasts.filter((toast) => toast.id !== id));
}

export function say(text: string): void {
  const id = next++;
  change([...toasts.slice(-3), { id, tone: 'ok', text }]);
  setTimeout(() => close(id), STAYS_MS);
}

/** Cause and fix, as the server words them. */
export function sayFailure(error: unknown): void {
  const { message, fix } = refusalOf(error);
  change([...toasts.slice(-3), { id: next++, tone: 'fail', text: message, more: fix }]);
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, tone, text, more }) => (
        <div key={id} className={`notice tone-${tone}`}>
          <Icon name={tone === 'fail' ? 'fail' : 'check'} />
          <div>
            <p>{text}</p>
            {more && <p>{more}</p>}
          </div>
          <button type="button" className="btn icon" aria-label="Close this message" onClick={() => close(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
