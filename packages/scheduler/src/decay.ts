// Use that fades: an hour of use counts half after one half-life. In closed form, so that uneven steps add up exactly.
// The unit is the part of everything, had for ever: who has had the whole site since always stands at 1 (the fixed point of
// HTCondor's `RUP(t) = b RUP(t-dt) + (1-b) used`, b = 0.5^(dt/h)).

/** What use at rate 1 from `startedAt` to `endedAt` still counts at `now` (`startedAt <= endedAt <= now`). */
export function decayedUse(startedAt: number, endedAt: number, now: number, halfLifeMs: number): number {
  const perMs = Math.LN2 / halfLifeMs;
  return Math.exp(-(now - endedAt) * perMs) * -Math.expm1(-(endedAt - startedAt) * perMs);
}

/** What use at rate 1 for `durationMs` would count if all of it were charged at once, now: nothing has faded yet. */
export function predictedUse(durationMs: number, halfLifeMs: number): number {
  return (durationMs * Math.LN2) / halfLifeMs;
}
