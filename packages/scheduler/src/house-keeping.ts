// What may go when disks fill: what is too old first, then what was used least recently, never what a job still needs.

/** Something DoPQ keeps and could make again, or that nobody is waiting for: an image, an archive, a log. */
export interface Kept {
  id: string;
  /** What removing it gives back. */
  bytes: number;
  /** Ms since 1970. */
  lastUsedAt: number;
  /** A job that has not ended uses it, or will. */
  isNeeded: boolean;
}

export interface KeepLimits {
  /** All of it together; null = no limit. */
  maxBytes: number | null;
  /** How long it is kept after its last use; null = for good. */
  maxAgeMs: number | null;
  /** Bytes that have to be given back for the disk to be fit for use, whatever the other limits say; 0 = it is. */
  shortageBytes?: number;
}

/**
 * Which to remove, least recently used first. What is needed is never among them, even if it alone is over the limits:
 * the limits then wait for the jobs.
 */
export function chooseRemovals(kept: readonly Kept[], limits: KeepLimits, now: number): Kept[] {
  const { maxBytes, maxAgeMs, shortageBytes = 0 } = limits;
  const total = kept.reduce((sum, { bytes }) => sum + bytes, 0);
  const removable = kept.filter(({ isNeeded }) => !isNeeded).toSorted((a, b) => a.lastUsedAt - b.lastUsedAt);
  let toGiveBack = Math.max(shortageBytes, maxBytes === null ? 0 : total - maxBytes);
  return removable.filter(({ bytes, lastUsedAt }) => {
    const isTooOld = maxAgeMs !== null && now - lastUsedAt > maxAgeMs;
    // What gives nothing back helps no limit of size.
    if (!isTooOld && (toGiveBack <= 0 || bytes === 0)) return false;
    toGiveBack -= bytes;
    return true;
  });
}
