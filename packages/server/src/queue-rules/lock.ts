// The lock: nothing starts any more, everything else goes on. With an expiry it ends by itself.
import type { Settings } from '../store/settings.ts';

export interface QueueLock {
  /** May be empty. */
  message: string;
  /** Who locked it, as events name them. */
  actor: string;
  /** Milliseconds since 1970. */
  since: number;
  /** When it ends by itself; null = never. */
  until: number | null;
}

/** The lock as it was set, also after its end; undefined = there is none. */
export function recordedLock(settings: Settings): QueueLock | undefined {
  const text = settings.find('lock');
  return text === undefined ? undefined : (JSON.parse(text) as QueueLock);
}

/** The lock in force. */
export function findLock(settings: Settings, now: number): QueueLock | undefined {
  const lock = recordedLock(settings);
  return lock && (lock.until === null || lock.until > now) ? lock : undefined;
}

export function lockWords({ message, until }: QueueLock): string {
  const end = until === null ? '' : ` until ${new Date(until).toISOString()}`;
  return `the queue is locked${end}${message ? `: ${message}` : ''}`;
}
