import type { Caller } from './caller.ts';

/** What a procedure knows of the call it answers. */
export interface CallContext {
  caller: Caller;
  /** What the program at the other end says of itself. */
  browser: string;
  /** Gives the browser a session, or takes it away. */
  setCookie(secret: string | null): void;
}
