/** The one source of times that order or limit anything; tests inject their own. Unit: milliseconds since 1970, UTC. */
export interface Clock {
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
