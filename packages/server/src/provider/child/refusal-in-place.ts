import type { SafeDir } from './safe-dir.ts';

/** Says beside a file why it stays where it is. There is no job for it. */
export async function refusalInPlace(dir: SafeDir, file: string, why: string): Promise<void> {
  const text = `${file} was not taken: ${why}\n`;
  const json = { state: 'ignored', file, reason: why };
  await dir.replace(`${file}.status.txt`, text);
  await dir.replace(`${file}.status.json`, `${JSON.stringify(json, null, 2)}\n`);
}
