import { InvalidArgumentError } from 'commander';

/** `12` or `#12`. */
export function parseJobId(text: string): number {
  const id = /^#?(\d{1,15})$/.exec(text)?.[1];
  if (id === undefined || Number(id) === 0)
    throw new InvalidArgumentError(`"${text}" is no job id; they look like 12.`);
  return Number(id);
}

export function parseJobIds(text: string, earlier: number[] = []): number[] {
  return [...earlier, parseJobId(text)];
}
