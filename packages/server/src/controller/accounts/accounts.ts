// What accounts need to remember between two requests, and no longer than the server lives.
import { timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Store } from '../../store/store.ts';
import { Limiter } from './limiter.ts';
import { makeCode, normalizeCode } from './secrets.ts';

const MINUTE_MS = 60_000;

export interface Accounts {
  limits: {
    /** Wrong passwords, codes and tokens of one address. */
    address: Limiter;
    /** Wrong passwords for one account, from wherever. */
    account: Limiter;
    /** Accounts made from one address. */
    registrations: Limiter;
  };
  /** The code for the first administrator; null once there is one. */
  setupCode(): string | null;
  /** @returns whether it was the right one; it is used up then, unless `restore` is called */
  useSetupCode(code: string): { restore(): void } | undefined;
}

export function createAccounts({ store, clock }: { store: Store; clock: Clock }): Accounts {
  const code = makeCode();
  let isUsed = false;
  const setupCode = () => (isUsed || store.accounts.countAdminLogins() > 0 ? null : code);
  return {
    limits: {
      address: new Limiter(clock, { max: 30, windowMs: 5 * MINUTE_MS }),
      account: new Limiter(clock, { max: 10, windowMs: 5 * MINUTE_MS }),
      registrations: new Limiter(clock, { max: 10, windowMs: 60 * MINUTE_MS }),
    },
    setupCode,
    useSetupCode(given) {
      const valid = setupCode();
      if (valid === null || !isSame(normalizeCode(given), normalizeCode(valid))) return undefined;
      isUsed = true;
      return {
        restore() {
          isUsed = false;
        },
      };
    },
  };
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
