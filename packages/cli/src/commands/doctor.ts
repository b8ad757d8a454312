import { styleText } from 'node:util';
import type { Command } from 'commander';
import { Check } from '../doctor/check.ts';
import { examine } from '../doctor/doctor.ts';
import { EXIT } from '../failure.ts';
import { globalOptions, type ListFormat, outputOption, withExamples } from '../options.ts';
import { outputWidth, print, printJson } from '../output.ts';
import { cleanText } from '../terminal-text.ts';
import { wrap } from '../text-width.ts';

interface Options {
  image?: string;
  output: ListFormat;
}

const LOOK = {
  ok: { symbol: '✔', colour: 'green' },
  warn: { symbol: '!', colour: 'yellow' },
  fail: { symbol: '✖', colour: 'red' },
  skip: { symbol: '-', colour: 'gray' },
} as const;

export function define(doctor: Command): void {
  doctor
    .description(
      'look over engine, GPUs, share, disks and configuration of this machine, and say how to mend what is wrong',
    )
    .option('--image <image>', 'image to see the GPUs from (default: the newest one of the engine)')
    .addOption(outputOption('table', 'json'))
    .action(async (own: Options, command: Command) => {
      const { image, output, config } = { ...own, ...globalOptions(command) };
      const checks: Check[] = [];
      await examine({ config, image }, (check) => {
        checks.push(check);
        if (output !== 'json') print(checkLines(check).join('\n'));
      });
      if (output === 'json') await printJson(() => Check.array(), checks);
      else print(`\n${summary(checks)}`);
      if (checks.some(({ state }) => state === 'fail')) process.exitCode = EXIT.error;
    });
  withExamples(doctor, 'dopq doctor', 'sudo dopq doctor --config /etc/dopq/config.ini', 'dopq doctor -o json');
}

function checkLines({ name, state, found, fix }: Check): string[] {
  const { symbol, colour } = LOOK[state];
  const width = outputWidth();
  const indent = ' '.repeat(8);
  const lines = [
    `${styleText(colour, `${symbol} ${state}`.padEnd(7))} ${styleText('bold', name)}: ${cleanText(found)}`,
    ...(fix === null ? [] : [`${indent}fix: ${cleanText(fix)}`]),
  ];
  return lines.flatMap((line) =>
    line
      .replaceAll('\n', `\n${indent}`)
      .split('\n')
      .flatMap((part) => wrap(part, width, indent.length)),
  );
}

function summary(checks: readonly Check[]): string {
  const count = (state: Check['state']) => checks.filter((check) => check.state === state).length;
  return `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} wrong, ${count('skip')} not looked at`;
}
