// A build as its steps: both of Docker's builders name each one on a line of its own.

/** `Step 3/9 : RUN make`, `[2/4] RUN make`, `[stage-1 2/4] RUN make`, and either of the last two after BuildKit's `#7`. */
const STEP = /^(?:#\d+ )?(?:Step \d+\/\d+ : |\[(?:\S+ )?\d+\/\d+\] )/;
const REUSED = /^(?:(?:#\d+ )?CACHED\b| ---> Using cache)/;
const FAILED = /^(?:(?:#\d+ )?ERROR\b|The command '.*' returned a non-zero code)/;
const ASIDE = /^(?: ---> |Removing intermediate container|#\d+ (?:DONE|sha256:))/;

/** How a line of a build looks; empty for what a step prints. */
export function buildLook(line: string): '' | 'step' | 'reused' | 'failed' | 'aside' {
  if (STEP.test(line)) return 'step';
  if (REUSED.test(line)) return 'reused';
  if (FAILED.test(line)) return 'failed';
  return ASIDE.test(line) ? 'aside' : '';
}
