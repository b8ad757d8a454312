// What scripts can rely on. The same numbers as gh, timeout(1) and docker run where those have one.

export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  signIn: 4,
  notFound: 5,
  refused: 6,
  unreachable: 7,
  timedOut: 124,
  notItsFault: 125,
  mayNotRun: 126,
  isNotThere: 127,
  interrupted: 130,
} as const;

/** For help and documentation. */
export const EXIT_MEANING: Record<keyof typeof EXIT, string> = {
  ok: 'done',
  error: 'it did not work; the reason is on stderr',
  usage: 'the command line is not understood',
  signIn: 'sign in first, with `dopq login` or DOPQ_TOKEN',
  notFound: 'there is no such job, user, log or file',
  refused: 'a rule or a right is against it',
  unreachable: 'the server cannot be reached',
  timedOut: 'the job was ended by its time limit',
  notItsFault: 'the engine, the machine or DoPQ ended the job, not its own code',
  mayNotRun: 'exec: the command is no program, or may not run',
  isNotThere: 'exec: there is no such command inside the job',
  interrupted: 'Ctrl-C',
};

/** One line per code. */
export function exitCodeLines(): string[] {
  return Object.entries(EXIT).map(
    ([name, code]) => `  ${String(code).padStart(3)}  ${EXIT_MEANING[name as keyof typeof EXIT]}`,
  );
}
