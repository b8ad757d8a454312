// Receipts, and with them the refused archives in `invalid/`, are kept for some days and then go.
import type { Config } from '../config/shape.ts';
import type { Store } from '../store/store.ts';
import type { Order } from './protocol.ts';

type Expire = Extract<Order, { kind: 'expire' }>;

/** One sweep of many would keep the share busy; the next sweep goes on. */
const AT_ONCE = 100;

/** What the Provider is to remove from the share at `now` (ms). */
export function expiredReceipts(
  { submissions }: Store,
  { keepReceiptsMs, removeInvalid }: Config['fetcher'],
  now: number,
): Expire[] {
  return submissions.withReceiptOlderThan(now - keepReceiptsMs, AT_ONCE).flatMap((job) => {
    const { id: jobId, inbox, receiptName, zipPath, zipBytes } = job;
    if (inbox === null || receiptName === null) return [];
    const isRefused = removeInvalid && job.zipPlace === 'invalid' && job.outcome === 'rejected' && zipPath !== null;
    const refused = isRefused ? { zipPath, bytes: zipBytes ?? -1 } : null;
    return [{ kind: 'expire', jobId, inbox, receiptName, refused }];
  });
}
