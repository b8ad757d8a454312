// Names, reasons and logs are other people's bytes: nothing in them may drive the terminal they are shown on.

const ESC = '\x1b';
/** Start of a string sequence (DCS, SOS, OSC, PM, APC) behind ESC, and its one-character forms. */
const STRING_INTRODUCER = /[PX\]^_]/;
const STRING_C1 = /[\x90\x98\x9d-\x9f]/;
const KEPT = /[\n\r\t]/;
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

type Mode = 'text' | 'escape' | 'control-sequence' | 'string' | 'string-escape';

/** Takes control sequences (ECMA-48) out of a stream of text; a sequence may be cut anywhere between two chunks. */
export class TerminalText {
  #mode: Mode = 'text';

  clean(chunk: string): string {
    let text = '';
    for (const char of chunk) {
      const isText = this.#mode === 'text';
      this.#mode = this.#next(char);
      // An unfinished sequence ends with its line, so that it cannot swallow the rest of a log.
      if (char === '\n') this.#mode = 'text';
      if ((isText || char === '\n') && (!CONTROL.test(char) || KEPT.test(char))) text += char;
    }
    return text;
  }

  #next(char: string): Mode {
    switch (this.#mode) {
      case 'text':
        if (char === ESC) return 'escape';
        if (char === '\x9b') return 'control-sequence';
        return STRING_C1.test(char) ? 'string' : 'text';
      case 'escape':
        if (char === '[') return 'control-sequence';
        if (STRING_INTRODUCER.test(char)) return 'string';
        // Intermediate bytes (charset selection) precede the final one.
        return char >= ' ' && char <= '/' ? 'escape' : 'text';
      case 'control-sequence':
        return char >= '@' && char <= '~' ? 'text' : 'control-sequence';
      case 'string':
        if (char === ESC) return 'string-escape';
        return char === '\x07' || char === '\x9c' ? 'text' : 'string';
      default:
        return char === '\\' ? 'text' : 'string';
    }
  }
}

/** Text of several lines without control sequences. */
export function cleanText(text: string): string {
  return new TerminalText().clean(text);
}

/** One line for a table cell: no control sequences, no line breaks. */
export function cleanLine(text: string): string {
  return cleanText(text).replaceAll(/\s+/g, ' ').trim();
}
