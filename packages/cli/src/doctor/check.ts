// What `dopq doctor` finds: one line per check, each with its remedy where one is needed.
import { z } from 'zod';

export const Check = z.object({
  name: z.string(),
  /** `skip`: it could not be looked at, and why is in `found`. */
  state: z.enum(['ok', 'warn', 'fail', 'skip']),
  found: z.string(),
  fix: z.string().nullable(),
});
export type Check = z.infer<typeof Check>;

export const ok = (name: string, found: string): Check => ({ name, state: 'ok', found, fix: null });
export const warn = (name: string, found: string, fix: string): Check => ({ name, state: 'warn', found, fix });
export const fail = (name: string, found: string, fix: string): Check => ({ name, state: 'fail', found, fix });
export const skip = (name: string, found: string): Check => ({ name, state: 'skip', found, fix: null });

/** Whether a version such as `1.2.8-rc1` or `v1.3.0` is at least another one; undefined if it is no version. */
export function isAtLeast(version: string, floor: string): boolean | undefined {
  const parts = (text: string) =>
    /^v?(\d+)\.(\d+)(?:\.(\d+))?/
      .exec(text)
      ?.slice(1)
      .map((part) => Number(part ?? 0));
  const [have, need] = [parts(version), parts(floor)];
  if (!have || !need) return undefined;
  for (const [index, least] of need.entries()) {
    const part = have[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}
