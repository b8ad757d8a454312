import type { Key } from './keys.ts';

export interface ConfigProblem {
  line?: number;
  /** Environment variable the value came from, in place of a line. */
  variable?: string;
  key?: Key;
  value?: string;
  /** The rule that is broken, as a sentence without its stop. */
  rule: string;
  /** The valid name or word that was most likely meant. */
  nearest?: string | undefined;
}

/** config.ini cannot be used. The message lists every problem, in the order of the file, one per line. */
export class ConfigError extends Error {
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: ConfigProblem[], options: { cause?: unknown } = {}) {
    const sorted = problems.toSorted((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity));
    const lines = sorted.map((problem) => `  ${describe(file, problem)}`);
    super(`${file} cannot be used, ${count(problems.length)}:\n${lines.join('\n')}`, options);
    this.name = 'ConfigError';
    this.file = file;
    this.problems = sorted;
  }
}

function describe(file: string, problem: ConfigProblem): string {
  const place = problem.variable ?? (problem.line === undefined ? file : `${file}:${problem.line}`);
  const key = problem.key ? ` [${problem.key.section}] ${problem.key.name}` : '';
  const rule =
    problem.value === undefined
      ? `${key ? `${key}:` : ''} ${problem.rule}`
      : `${key} = ${problem.value}: has to be ${problem.rule}`;
  return `${place}:${rule}.${problem.nearest === undefined ? '' : ` Did you mean "${problem.nearest}"?`}`;
}

function count(problems: number): string {
  return problems === 1 ? '1 problem' : `${problems} problems`;
}
