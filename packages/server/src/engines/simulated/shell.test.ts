import { describe, expect, it } from 'vitest';
import { runCommand } from './shell.ts';

/** What a script does, as short words, and its exit code. */
function trace(script: string, env: Record<string, string> = {}, limit = 50): string[] {
  const run = runCommand(['sh', '-c', script], env);
  const acts: string[] = [];
  while (acts.length < limit) {
    const { done, value } = run.next();
    if (done) return [...acts, `exit ${value}`];
    if (value.kind === 'print') acts.push(`${value.stream}: ${JSON.stringify(value.text)}`);
    if (value.kind === 'sleep') acts.push(`sleep ${value.ms}`);
    if (value.kind === 'trap') acts.push(`trap ${value.onTerm}`);
    if (value.kind === 'work') acts.push(`work ${value.command}`);
  }
  return acts;
}

describe('the small shell', () => {
  it.each<[string, string[]]>([
    ['exit 3', ['exit 3']],
    ['exit 256; echo never', ['exit 0']],
    ['echo one; echo two >&2', ['stdout: "one\\n"', 'stderr: "two\\n"', 'exit 0']],
    ['echo -n no newline', ['stdout: "no newline"', 'exit 0']],
    ['echo kept > /dev/null && echo said', ['stdout: "said\\n"', 'exit 0']],
    ['false || echo else', ['stdout: "else\\n"', 'exit 0']],
    ['false && echo never', ['exit 1']],
    ['true && exit 4 || exit 5', ['exit 4']],
    ['sleep 1.5\nsleep 2m', ['sleep 1500', 'sleep 120000', 'exit 0']],
    [
      'for i in a $(seq 2) "c d"; do echo "<$i>"; done',
      ['<a>', '<1>', '<2>', '<c d>'].map((x) => `stdout: "${x}\\n"`).concat('exit 0'),
    ],
    [
      'i=0; while [ $i -lt 2 ]; do i=$((i+1)); echo $i; done',
      ['stdout: "1\\n"', 'sleep 10', 'stdout: "2\\n"', 'sleep 10', 'exit 0'],
    ],
    ['until [ "$x" = done ]; do x=done; done', ['sleep 10', 'exit 0']],
    ["echo '$HOME' \\$x # not this", ['stdout: "$HOME $x\\n"', 'exit 0']],
    ["trap '' TERM; trap 'exit 7' TERM; trap - TERM", ['trap ignore', 'trap 7', 'trap default', 'exit 0']],
    ['mkdir -p /a && cd /a', ['exit 0']],
    ['python train.py --epochs 3', ['work python train.py --epochs 3', 'exit 0']],
    ['python a.py | tee log', ['work python a.py | tee log', 'exit 0']],
    ['if true; then exit 1; fi', ['work if true; then exit 1; fi', 'exit 0']],
  ])('runs %j', (script, expected) => {
    expect(trace(script)).toEqual(expected);
  });

  it('knows the environment, and an unset variable is empty', () => {
    expect(trace('echo $COLOUR ${SHAPE}.', { COLOUR: 'blue' })).toEqual(['stdout: "blue .\\n"', 'exit 0']);
  });

  it('runs the scripts of an image by their names, and takes what it cannot read for a program', () => {
    const scripts = {
      'train.sh': '# why\necho "reading ${DATA:-nothing}"\necho gone >&2\nexit 3\n',
      'clever.sh': 'echo $(id -u)\nexit 3\n',
    };
    const actsOf = (...command: string[]) => {
      const run = runCommand(command, { DATA: 'it' }, scripts);
      const acts = [];
      for (let next = run.next(); ; next = run.next()) {
        if (next.done) return [...acts, next.value];
        acts.push(next.value.kind === 'print' ? next.value.text : next.value.kind);
      }
    };
    for (const command of [['sh', '/app/train.sh'], ['bash', '-e', 'train.sh', '--fast'], ['/app/train.sh']])
      expect(actsOf(...command)).toEqual(['reading it\n', 'gone\n', 3]);
    expect(actsOf('sh', '-c', 'sh /app/train.sh || echo it failed')).toEqual([
      'reading it\n',
      'gone\n',
      'it failed\n',
      0,
    ]);
    expect(actsOf('sh', '/app/clever.sh')).toEqual(['work', 0]);
  });

  it('lets time pass in an endless loop', () => {
    expect(trace('while true; do :; done', {}, 3)).toEqual(['sleep 10', 'sleep 10', 'sleep 10']);
  });

  it('takes a program without a shell as it is', () => {
    expect([...runCommand(['python', '-c', 'exit 1; echo'], {})]).toEqual([
      { kind: 'work', command: 'python -c exit 1; echo' },
    ]);
    expect([...runCommand(['echo', '$HOME', ';', 'exit'], {})]).toEqual([
      { kind: 'print', stream: 'stdout', text: '$HOME ; exit\n' },
    ]);
  });
});
