// The door. What serves is loaded when it is to serve: the command line only wants the configuration, at once.
import type { checkSubmission, defaultLimits } from './offline/check-submission.ts';
import type { backUp, restore } from './offline/keep.ts';
import type { ServeOptions } from './main.ts';

export { loadConfig } from './config/config.ts';

/** `dopq serve`: runs until a signal ends it. @returns the exit code */
export async function runServer(options: ServeOptions): Promise<number> {
  const main = await import('./main.ts');
  return await main.runServer(options);
}

/** `dopq backup` and `dopq restore`. */
export async function importKeep(): Promise<{ backUp: typeof backUp; restore: typeof restore }> {
  return await import('./offline/keep.ts');
}

/** The Provider's eyes for `dopq validate`. */
export async function importChecks(): Promise<{
  checkSubmission: typeof checkSubmission;
  defaultLimits: typeof defaultLimits;
}> {
  return await import('./offline/check-submission.ts');
}

/** Writes config.ini and makes its folders, unless it is there. @returns whether it was written */
export async function initConfig(
  place: { file: string; dataHome: string },
  values: Readonly<Record<string, string>>,
): Promise<boolean> {
  const { writeDefaultConfig } = await import('./config/default-config.ts');
  return writeDefaultConfig(place, values);
}
