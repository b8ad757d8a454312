// A small shell whose commands take simulated time. It knows what demonstrations and tests are made of (echo, sleep, exit,
// loops, tests, trap) and calls everything else work.
import path from 'node:path';
import { type Command, parseScript, type Step, type Word } from './shell-syntax.ts';
import { UnknownSyntax } from './shell-tokens.ts';

/** What happens, in order. Between two acts no time passes. */
export type Act =
  | { kind: 'sleep'; ms: number }
  | { kind: 'print'; stream: 'stdout' | 'stderr'; text: string }
  /** What TERM does from now on: nothing, an exit with this code, or the default. */
  | { kind: 'trap'; onTerm: 'ignore' | 'default' | number }
  /** A program that is not simulated; how long it takes is for the caller to say. */
  | { kind: 'work'; command: string };

/** Returns the exit code. */
export type Run = Generator<Act, number>;

/** Commands that do nothing here and need no time. */
const QUICK = new Set(
  ': set export cd mkdir touch rm cp mv ln chmod chown cat ls env id date pwd umask hostname which'.split(' '),
);

/** A loop that never sleeps would never let simulated time pass. */
const LOOP_MS = 10;

/** Shell scripts that came with an image: file name -> text. */
export type Scripts = Readonly<Record<string, string>>;

/** Runs an argument list as an engine would: `sh -c SCRIPT` and scripts of the image are interpreted, anything else is one command. */
export function* runCommand(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  scripts: Scripts = {},
): Run {
  const [name = '', option = '', script] = command;
  if (!isShell(name) || !/^-\w*c$/.test(option) || script === undefined) {
    const { status } = yield* runProgram([...command], { ...env }, OUTPUT, scripts, command.join(' '));
    return status;
  }
  let steps: Step[];
  try {
    steps = parseScript(script);
  } catch (error) {
    if (!(error instanceof UnknownSyntax)) throw error;
    yield { kind: 'work', command: script };
    return 0;
  }
  const { status } = yield* runSteps(steps, { ...env }, scripts);
  return status;
}

const isShell = (name: string): boolean => /^(ba|da|z|a)?sh$/.test(path.basename(name));

/** A script of the image by its file name, wherever it was copied to; another program as it is. */
function* runProgram(
  words: string[],
  scope: Scope,
  output: Output,
  scripts: Scripts,
  whole: string,
): Generator<Act, Ended> {
  const [name = '', ...args] = words;
  const file = isShell(name) ? args.find((arg) => !arg.startsWith('-')) : name;
  const text = file === undefined ? undefined : scripts[path.basename(file)];
  if (text === undefined) return yield* runSimple(words, output, whole);
  try {
    // What a program would say there is not known.
    if (/\$\((?!\(|seq )|`/.test(text)) throw new UnknownSyntax('a command in a word');
    const { status } = yield* runSteps(parseScript(text), { ...scope }, scripts);
    return { status };
  } catch (error) {
    if (!(error instanceof UnknownSyntax)) throw error;
    yield { kind: 'work', command: whole };
    return { status: 0 };
  }
}

interface Ended {
  status: number;
  /** `exit` was called: nothing after it runs. */
  exited?: boolean;
}

type Scope = Record<string, string>;

function* runSteps(steps: readonly Step[], scope: Scope, scripts: Scripts): Generator<Act, Ended> {
  let status = 0;
  for (const { command, after } of steps) {
    if ((after === '&&' && status !== 0) || (after === '||' && status === 0)) continue;
    const ended = yield* runOne(command, scope, scripts);
    if (ended.exited) return ended;
    status = ended.status;
  }
  return { status };
}

function* runOne(command: Command, scope: Scope, scripts: Scripts): Generator<Act, Ended> {
  if (command.kind === 'for') return yield* runFor(command, scope, scripts);
  if (command.kind === 'while') return yield* runWhile(command, scope, scripts);
  const words = command.words.flatMap((word) => expand(word, scope));
  while (/^[A-Za-z_]\w*=/.test(words[0] ?? '')) {
    const [name = '', ...value] = (words.shift() ?? '').split('=');
    scope[name] = value.join('=');
  }
  if (words.length === 0) return { status: 0 };
  const stream = command.toStderr ? 'stderr' : 'stdout';
  return yield* runProgram(words, scope, { stream, discarded: command.discarded }, scripts, words.join(' '));
}

function* runFor(command: Extract<Command, { kind: 'for' }>, scope: Scope, scripts: Scripts): Generator<Act, Ended> {
  for (const value of command.words.flatMap((word) => expand(word, scope))) {
    scope[command.name] = value;
    const ended = yield* runSteps(command.body, scope, scripts);
    if (ended.exited) return ended;
  }
  return { status: 0 };
}

function* runWhile(
  command: Extract<Command, { kind: 'while' }>,
  scope: Scope,
  scripts: Scripts,
): Generator<Act, Ended> {
  for (;;) {
    const condition = yield* runSteps(command.condition, scope, scripts);
    if (condition.exited) return condition;
    if ((condition.status === 0) === command.until) return { status: 0 };
    const ended = yield* runSteps(command.body, scope, scripts);
    if (ended.exited) return ended;
    yield { kind: 'sleep', ms: LOOP_MS };
  }
}

interface Output {
  stream: 'stdout' | 'stderr';
  discarded: boolean;
}

const OUTPUT: Output = { stream: 'stdout', discarded: false };

function* runSimple(words: string[], output: Output, whole: string): Generator<Act, Ended> {
  const [name = '', ...args] = words;
  switch (path.basename(name)) {
    case 'echo':
      yield* print(
        `${args.filter((arg, index) => index > 0 || arg !== '-n').join(' ')}${args[0] === '-n' ? '' : '\n'}`,
        output,
      );
      return { status: 0 };
    case 'printf':
      yield* print((args[0] ?? '').replaceAll('\\n', '\n'), output);
      return { status: 0 };
    case 'sleep':
      yield { kind: 'sleep', ms: durationMs(args[0] ?? '') };
      return { status: 0 };
    case 'exit':
      return { status: Number(args[0] ?? 0) & 0xff, exited: true };
    case 'true':
      return { status: 0 };
    case 'false':
      return { status: 1 };
    case 'trap':
      yield* trap(args);
      return { status: 0 };
    case '[':
    case 'test':
      return { status: holds(args) ? 0 : 1 };
    default:
      if (!QUICK.has(path.basename(name))) yield { kind: 'work', command: whole };
      return { status: 0 };
  }
}

function* print(text: string, { stream, discarded }: Output): Generator<Act> {
  if (!discarded) yield { kind: 'print', stream, text };
}

function* trap([action = '', ...signals]: string[]): Generator<Act> {
  if (!signals.some((signal) => /^(SIG)?TERM$|^15$/.test(signal))) return;
  const code = /exit (?<code>\d+)/.exec(action)?.groups?.['code'];
  yield { kind: 'trap', onTerm: action === '-' ? 'default' : code === undefined ? 'ignore' : Number(code) };
}

const UNITS: Record<string, number> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function durationMs(text: string): number {
  const { amount, unit } = /^(?<amount>\d*\.?\d+)(?<unit>[smhd]?)$/.exec(text)?.groups ?? {};
  return amount === undefined ? 0 : Number(amount) * (UNITS[unit ?? ''] ?? 1000);
}

function holds(args: string[]): boolean {
  const [left = '', operator, right = ''] = args.filter((arg) => arg !== ']');
  if (left === '-z' || left === '-n') return ((operator ?? '') === '') === (left === '-z');
  const difference = Number(left) - Number(right);
  switch (operator) {
    case '=':
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '-lt':
      return difference < 0;
    case '-le':
      return difference <= 0;
    case '-gt':
      return difference > 0;
    case '-ge':
      return difference >= 0;
    case '-eq':
      return difference === 0;
    case '-ne':
      return difference !== 0;
    default:
      return left !== '';
  }
}

/** A word's value: `$NAME`, `${NAME}`, `${NAME:-default}`, `$((a + b))` and `$(seq a b)`; unquoted ones split at blanks. */
function expand(word: Word, scope: Readonly<Scope>): string[] {
  if (word.every(({ literal }) => literal)) return [word.map(({ text }) => text).join('')];
  const value = word.map((piece) => (piece.literal ? piece.text : expandText(piece.text, scope))).join('');
  return word.some(({ quoted }) => quoted) ? [value] : value.split(/\s+/).filter((part) => part !== '');
}

function expandText(text: string, scope: Readonly<Scope>): string {
  return text
    .replaceAll(/\$\(\((?<sum>[^()]*)\)\)/g, (_, sum: string) => String(calculate(sum, scope)))
    .replaceAll(/\$\(seq (?<from>\d+)(?: (?<to>\d+))?\)/g, (_, from: string, to?: string) => sequence(from, to))
    .replaceAll(
      /\$(?:(?<plain>[A-Za-z_]\w*)|\{(?<braced>[A-Za-z_]\w*)(?::-(?<otherwise>[^{}]*))?\})/g,
      (_, plain?: string, braced?: string, otherwise = '') => scope[plain ?? braced ?? ''] || otherwise,
    );
}

function sequence(from: string, to: string | undefined): string {
  const first = to === undefined ? 1 : Number(from);
  const last = Number(to ?? from);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index).join(' ');
}

function calculate(sum: string, scope: Readonly<Scope>): number {
  const {
    left = '0',
    operator,
    right = '0',
  } = /^\s*\$?(?<left>\w+)\s*(?:(?<operator>[-+*/%])\s*\$?(?<right>\w+)\s*)?$/.exec(sum)?.groups ?? {};
  const value = (name: string) => Number(/^\d+$/.test(name) ? name : (scope[name] ?? 0));
  const [a, b] = [value(left), value(right)];
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return Math.trunc(a / b);
    case '%':
      return a % b;
    default:
      return a;
  }
}
