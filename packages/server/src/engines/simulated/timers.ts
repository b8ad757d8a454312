/** The other half of time: something happens later. Tests inject their own beside a Clock. */
export interface Timers {
  /** Calls `act` once, `ms` milliseconds from now, unless it is disposed before. */
  after(ms: number, act: () => void): Disposable;
}

/** Longest delay that setTimeout takes for what it is. */
const LONGEST_MS = 2 ** 31 - 1;

export const systemTimers: Timers = {
  after(ms, act) {
    const timer = setTimeout(act, Math.min(Math.max(0, ms), LONGEST_MS));
    // What a simulated container would do in an hour is no reason for a server that was told to end to stay.
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
