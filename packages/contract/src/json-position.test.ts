import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './json-position.ts';

// Thousands of random runs take seconds on a busy machine; this only ends a run that hangs.
const DEADLINE_MS = 120_000;

describe('JSON with positions', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), fc.constantFrom(undefined, 1, '\t'), (json, indent) => {
        fc.pre(!json.includes('__proto__'));
        const text = JSON.stringify(JSON.parse(json), null, indent);
        expect(parseJson(text)).toMatchObject({ ok: true });
        const result = parseJson(text);
        expect(result.ok && result.value).toEqual(JSON.parse(text));
      }),
    );
  });

  it(
    'refuses what JSON.parse refuses, and beside it only equal keys and numbers that do not fit',
    () => {
      const piece = fc.constantFrom(
        ...Array.from('{}[]",:0123456789.eE+-truefalsn \n\t\\/u\u0001ü'),
        '"a"',
        'null',
        'true',
        '{"a":1}',
      );
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
          const text = pieces.join('');
          let valid = true;
          try {
            JSON.parse(text);
          } catch {
            valid = false;
          }
          const result = parseJson(text);
          // Two things JSON.parse lets pass are refused beside what it refuses itself.
          const stricter = !result.ok && /twice|too large/.test(result.message);
          expect(result.ok ? valid : !valid || stricter).toBe(true);
        }),
        { numRuns: 5000 },
      );
    },
    DEADLINE_MS,
  );

  it('knows where each field stands, and where its surroundings are if it is not there', () => {
    const text = '\ufeff{\n  "a": 1,\r\n  "b": {"c": [1,\n 2]}\n}';
    const result = parseJson(text);
    if (!result.ok) throw new Error(result.message);
    expect(result.at('')).toEqual({ line: 1, column: 1 });
    expect(result.at('a')).toEqual({ line: 2, column: 3 });
    expect(result.at('b.c')).toEqual({ line: 3, column: 9 });
    expect(result.at('b.c[1]')).toEqual({ line: 4, column: 2 });
    expect(result.at('b.missing.deep[3]')).toEqual({ line: 3, column: 3 });
    expect(result.at('missing')).toEqual({ line: 1, column: 1 });
  });

  it.each([
    ['', 1, 1, 'the file is empty'],
    ['{"a": True}', 1, 7, 'True is Python, not JSON'],
    ['{"a": None}', 1, 7, 'None is Python, not JSON'],
    ['{"a": NaN}', 1, 7, 'NaN is not a number in JSON'],
    ['{"a": -Infinity}', 1, 7, '-Infinity is not a number in JSON'],
    ['{"a": 01}', 1, 7, '01 is not a number in JSON'],
    ['{"a": 1e999}', 1, 7, 'the number 1e999 is too large'],
    ["{'a': 1}", 1, 2, 'text stands in single quotes'],
    ['{a: 1}', 1, 2, 'a key in double quotes is expected, not "a"'],
    ['{"a": 1,\n}', 1, 8, 'a comma too many before }'],
    ['[1, 2,]', 1, 6, 'a comma too many before ]'],
    ['{"a": 1 "b": 2}', 1, 9, 'a comma or } is missing before "\\""'],
    ['{"a" 1}', 1, 6, 'a ":" is missing after "a"'],
    ['{\n  // here\n}', 2, 3, 'JSON has no comments'],
    ['{"a": 1} x', 1, 10, 'something follows after the end: "x"'],
    ['{"a": "C:\\data"}', 1, 10, 'a single backslash inside a text'],
    ['{"a": "x\n"}', 1, 7, 'a text is not closed on its line'],
    ['{"a": "x', 1, 7, 'a text is not closed'],
    ['{"a": 1', 1, 8, 'the file ends before its }'],
    ['{"a": ', 1, 7, 'the file ends where a value should stand'],
    ['{"a": {"b": 1,\n "b": 2}}', 2, 2, 'a.b is there twice, first in line 1'],
    ['{"__proto__": {"x": 1}}', 1, 2, '"__proto__" is not a field'],
    ['{"\\u005f_proto__": 1}', 1, 2, '"__proto__" is not a field'],
    ['['.repeat(100_000), 1, 22, 'nested deeper than 20 levels'],
  ])('says where and what is wrong in %j', (text, line, column, message) => {
    expect(parseJson(text)).toMatchObject({ ok: false, line, column, message });
  });
});
