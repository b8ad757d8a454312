import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findValue, formatOption, type IniFile, parseIni } from './ini.ts';

type Case = { sections: Record<string, Record<string, string>> } | { error: string; line: number | null };

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
const cases = Object.entries(JSON.parse(fixture('cases.json')) as Record<string, Case>);

/** Every value of every section with interpolation, as `dict(parser[section])` gives it in Python. */
function readAll(ini: IniFile) {
  const problems: { rule: string; line: number }[] = [];
  const sections = [...ini.sections].map(([section, { values }]) => {
    const keys = new Set([...values.keys(), ...ini.defaults.keys()]);
    const entries = [...keys].map((key) => {
      const found = findValue(ini, section, key);
      if (found && 'problem' in found) problems.push({ rule: found.problem, line: found.line });
      return [key, found && 'value' in found ? found.value : undefined];
    });
    return [section, Object.fromEntries(entries) as Record<string, string>];
  });
  return { sections: Object.fromEntries(sections) as Record<string, Record<string, string>>, problems };
}

describe('what configparser reads', () => {
  const good = cases.flatMap(([name, expected]) => ('sections' in expected ? [{ name, expected }] : []));

  test.each(good)('$name is read alike', ({ name, expected }) => {
    const { ini, problems } = parseIni(fixture(name));
    expect(problems).toEqual([]);
    expect(readAll(ini)).toEqual({ sections: expected.sections, problems: [] });
  });
});

describe('what configparser refuses', () => {
  const bad = cases.flatMap(([name, expected]) => ('error' in expected ? [{ name, ...expected }] : []));

  test.each(bad)('$name is refused at the line where Python gives $error', ({ name, line }) => {
    const { ini, problems } = parseIni(fixture(name));
    const all = [...problems, ...readAll(ini).problems];
    // Python gives no line for errors of interpolation: those fixtures have their one value in line 2.
    expect(all[0]?.line).toBe(line ?? 2);
  });

  test('all problems of a file are listed, not the first only', () => {
    const { problems } = parseIni('x = 1\n[a]\nwords\ny = 1\ny = 2\n[a]\n= 3\n');
    expect(problems.map((problem) => problem.line)).toEqual([1, 3, 5, 6, 7]);
  });
});

test('a byte order mark, which Windows editors leave, is skipped', () => {
  expect(parseIni('\uFEFF[a]\nx = 1\n').problems).toEqual([]);
});

test('each value keeps the line of its key', () => {
  const { ini } = parseIni('# head\n[a]\n\nx = 1\n  more\ny = 2\n');
  expect([findValue(ini, 'a', 'x'), findValue(ini, 'a', 'y')]).toEqual([
    { value: '1\nmore', line: 4 },
    { value: '2', line: 6 },
  ]);
});

test('any value that configparser can hold is read back as it was written', () => {
  // Lines of a value lose outer white space, and a further line that starts as a comment is one: in Python, too.
  const line = fc
    .string({ unit: 'binary', maxLength: 12 })
    .map((text) => text.replace(/[\r\n\p{White_Space}\p{Cc}\uFEFF]/gu, ' ').trim());
  const further = line.filter((text) => !/^[#;]/.test(text));
  const value = fc
    .tuple(line, fc.array(further, { maxLength: 3 }))
    .map(([first, rest]) => [first, ...rest].join('\n').trim());
  const name = fc
    .array(fc.constantFrom('a', 'b', 'z', '.'), { minLength: 1, maxLength: 5 })
    .map((letters) => letters.join(''));
  fc.assert(
    fc.property(
      fc.dictionary(name, fc.dictionary(name, value, { minKeys: 1, maxKeys: 4 }), { maxKeys: 4 }),
      (content) => {
        const text = Object.entries(content).map(
          ([section, values]) =>
            `[${section}]\n${Object.entries(values)
              .map(([key, text]) => formatOption(key, text))
              .join('\n')}\n\n`,
        );
        const { ini, problems } = parseIni(text.join(''));
        expect(problems).toEqual([]);
        expect(readAll(ini)).toEqual({ sections: content, problems: [] });
      },
    ),
  );
});
