// For `dopq validate`: an archive looked at as the Provider would, in the caller's own process and without a server.
import type { ArchiveLimits, SubmissionOptions } from '@dopq/contract';
import { parseConfig } from '../config/config.ts';
import { formatDefaultConfig } from '../config/default-config.ts';
import { checkArchive, type Checked } from '../provider/child/check.ts';
import { archiveLimitsOf } from '../provider/validate.ts';

export interface CheckOptions {
  /** The name its owner knows the archive by. */
  file: string;
  limits: ArchiveLimits;
  /** What the configuration may ask for, as far as it is known. */
  rules: SubmissionOptions;
  signal: AbortSignal;
}

/** Reads a whole archive. What is wrong with it is in the answer. @throws what the file system says */
export async function checkSubmission(path: string, { file, limits, rules, signal }: CheckOptions): Promise<Checked> {
  return await checkArchive({
    path,
    file,
    // Names what it is made from, and nothing is made.
    sha256: '',
    limits: { maxEntries: limits.max_entries, maxUnpackedBytes: limits.max_unpacked_bytes },
    loadSuffixes: limits.load_suffixes,
    rules,
    signal,
  });
}

/** What an archive may be where nobody has configured anything. */
export function defaultLimits(): ArchiveLimits {
  return archiveLimitsOf(parseConfig(formatDefaultConfig('/'), { file: 'config.ini', env: {} }).config);
}
