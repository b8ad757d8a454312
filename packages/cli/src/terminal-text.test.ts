import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanLine, cleanText, TerminalText } from './terminal-text.ts';

test.each([
  ['plain text, ünïcode and 你好', 'plain text, ünïcode and 你好'],
  ['\x1b[31mred\x1b[0m', 'red'],
  ['\x9b31mred', 'red'],
  ['\x1b]0;new title\x07after', 'after'],
  ['\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\', 'link'],
  ['\x1bPdevice control\x1b\\x', 'x'],
  ['\x1b(Bcharset', 'charset'],
  ['\x1bcreset', 'reset'],
  ['a\x08b\x00c\x7fd', 'abcd'],
  ['50%\r100%\ttab\n', '50%\r100%\ttab\n'],
  ['\x1b]52;c;unfinished\nnext line', '\nnext line'],
  ['gpj.\u202eexe', 'gpj.exe'],
])('%j is shown as %j', (text, shown) => expect(cleanText(text)).toBe(shown));

test('a table cell is one line', () => expect(cleanLine(' two\r\nlines\t\x1b[2J ')).toBe('two lines'));

test('where a stream is cut does not change what is shown, and no control character ever gets through', () => {
  const pieces = fc.array(
    fc.constantFrom('\x1b', '[', ']', '31m', '\x07', '\x9b', '\\', 'P', 'text', '\n', '\x90', '0;t', '\x00'),
  );
  fc.assert(
    fc.property(pieces, fc.array(fc.nat(60)), (parts, cuts) => {
      const text = parts.join('');
      const stream = new TerminalText();
      const places = [0, ...cuts.filter((cut) => cut < text.length).toSorted((a, b) => a - b), text.length];
      const shown = places.slice(1).map((end, index) => stream.clean(text.slice(places[index], end)));
      expect(shown.join('')).toBe(cleanText(text));
      // oxlint-disable-next-line no-control-regex
      expect(shown.join('')).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/);
    }),
  );
});
