// A build that failed because a registry or the way to it did is tried again; one that failed by itself never is.

/** Words of the step itself: whatever it printed, it was the Dockerfile that failed. */
const OWN_STEP =
  /returned a non-zero code|did not complete successfully|executor failed running|failed to compute cache key|dockerfile parse error/i;

const TROUBLE =
  /toomanyrequests|too many requests|rate limit|TLS handshake timeout|i\/o timeout|no such host|server misbehaving|temporary failure in name resolution|network is unreachable|connection refused|connection reset by peer|Client\.Timeout exceeded|(?:502|503|504) |bad gateway|service unavailable|gateway time-?out|net\/http: request canceled|context deadline exceeded/i;

const FULL = /no space left on device/i;

/** What outside of the submission made a build fail, in a few words; undefined if it was the submission. */
export function outsideTrouble(error: string): string | undefined {
  if (FULL.test(error)) return "the engine's disk is full";
  if (OWN_STEP.test(error)) return undefined;
  return TROUBLE.test(error) ? `the image registry cannot be used: ${firstLine(error)}` : undefined;
}

export function firstLine(text: string): string {
  const line = text.trim().split('\n')[0] ?? '';
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
