const colour = process.stdout.isTTY && !process.env['NO_COLOR'];
const dim = (text: string): string => (colour ? `\u001b[2m${text}\u001b[0m` : text);
const bold = (text: string): string => (colour ? `\u001b[1m${text}\u001b[0m` : text);
const startedAt = performance.now();

/** One line of what happens, with the seconds since the start. */
export function say(text: string): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(5);
  console.log(`${dim(`${seconds}s`)}  ${text}`);
}

export function heading(text: string): void {
  console.log(`\n${bold(text)}`);
}

/** Output of a command, under the line a person would type for it. */
export function show(command: string, output: string): void {
  console.log(`\n${bold(`$ ${command}`)}`);
  console.log(output.trimEnd());
}
