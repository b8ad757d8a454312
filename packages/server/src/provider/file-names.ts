/** Of Linux's file systems. */
export const MAX_NAME_BYTES = 255;

/** As much of a name as fits, cut between characters. */
export function shortened(name: string, maxBytes: number): string {
  let text = '';
  let bytes = 0;
  for (const char of name) {
    bytes += Buffer.byteLength(char);
    if (bytes > maxBytes) break;
    text += char;
  }
  return text;
}
