// Terminal text as runs of plain text with a look. Colours of the sixteen are kept, everything else that moves a cursor is dropped.

export interface Run {
  text: string;
  /** Classes: `fg1`…`fg15`, `bold`, `dim`. */
  look: string;
}

// oxlint-disable-next-line no-control-regex
const SEQUENCE = /\u001b(?:\[([0-9;:]*)([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f\u0080-\u009f]/g;

/** What is left on the line at its end: a progress bar overwrites itself by carriage returns. */
function settled(line: string): string {
  if (!line.includes('\r')) return line;
  return line.split('\r').findLast((part) => part !== '') ?? '';
}

/** The text without any escape sequence or control character. */
export function plainText(line: string): string {
  return settled(line).replaceAll(SEQUENCE, '').replaceAll(CONTROL, '');
}

export function runsOf(line: string): Run[] {
  const text = settled(line);
  if (!text.includes('\u001b')) return [{ text: text.replaceAll(CONTROL, ''), look: '' }];
  const runs: Run[] = [];
  const look = { fg: '', bold: false, dim: false };
  let from = 0;
  const push = (to: number): void => {
    const part = text.slice(from, to).replaceAll(CONTROL, '');
    if (part)
      runs.push({
        text: part,
        look: [look.fg, look.bold ? 'bold' : '', look.dim ? 'dim' : ''].filter(Boolean).join(' '),
      });
  };
  for (const match of text.matchAll(SEQUENCE)) {
    push(match.index);
    from = match.index + match[0].length;
    if (match[2] === 'm') apply(look, match[1] ?? '');
  }
  push(text.length);
  return runs.length > 0 ? runs : [{ text: '', look: '' }];
}

function apply(look: { fg: string; bold: boolean; dim: boolean }, codes: string): void {
  const list = codes.split(/[;:]/).map(Number);
  for (let index = 0; index < list.length; index += 1) {
    const code = list[index] ?? 0;
    if (code === 0) Object.assign(look, { fg: '', bold: false, dim: false });
    else if (code === 1) look.bold = true;
    else if (code === 2) look.dim = true;
    else if (code === 22) Object.assign(look, { bold: false, dim: false });
    else if (code >= 30 && code <= 37) look.fg = `fg${code - 30}`;
    else if (code >= 90 && code <= 97) look.fg = `fg${code - 82}`;
    else if (code === 39) look.fg = '';
    // 256 and true colours: their arguments are no codes of their own.
    else if (code === 38 || code === 48) index += list[index + 1] === 5 ? 2 : 4;
  }
}
