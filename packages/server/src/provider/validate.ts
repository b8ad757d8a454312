// `dopq validate` on the server's side: the rules, owners and machines of a real submission, and nothing is taken.
import { type ArchiveLimits, type Judged, type Judgement, parseSubmission, type Submission } from '@dopq/contract';
import type { z } from 'zod';
import type { Config } from '../config/shape.ts';
import { queueSettings } from '../queue-rules/policy.ts';
import { judge, judgeNeeds, type JudgeWorld } from './judge.ts';
import { rulesFor } from './rules.ts';
import { timeLimitOf } from './site-rules.ts';

/** What an archive may be here. */
export function archiveLimitsOf({ fetcher, builder }: Config): ArchiveLimits {
  return {
    max_upload_bytes: fetcher.maxUploadBytes,
    max_unpacked_bytes: fetcher.maxUnpackedBytes,
    max_entries: fetcher.maxEntries,
    build_suffixes: [...builder.buildSuffixes],
    load_suffixes: [...builder.loadSuffixes],
  };
}

/** What would be said of a submission with this container_config.json. */
export function validate(world: JudgeWorld, { config, file, user = '' }: z.infer<typeof Judged>): Judgement {
  const rules = { ...rulesFor({ user }, world.config, world.capacity()), requireUser: false, file };
  const parsed = parseSubmission(Buffer.from(config, 'base64'), rules);
  if (!parsed.ok) return { problems: parsed.problems, notes: [], asks: null };
  const { submission, notes } = parsed;
  const isNobodys = user === '' && submission.user === undefined;
  const owner = isNobodys
    ? {
        ok: true as const,
        user: null,
        notes: ['no executor_name: drop it into your own inbox, or submit it with --user'],
      }
    : ownerOf(world, submission, file, user);
  if (!owner.ok) return { problems: owner.problems, notes: [], asks: null };
  const { memoryBytes, cpus, problems } = judgeNeeds(world, submission);
  if (problems.length > 0) return { problems, notes: [], asks: null };
  const timeLimitMs = timeLimitOf(submission, { queue: queueSettings(world) });
  return {
    problems: [],
    notes: [...owner.notes, ...notes],
    asks: {
      name: submission.name,
      user: owner.user,
      num_gpus: submission.numGpus,
      num_slots: submission.numSlots,
      memory_bytes: memoryBytes,
      cpus,
      time_limit_seconds: timeLimitMs === null ? null : timeLimitMs / 1000,
    },
  };
}

function ownerOf(world: JudgeWorld, submission: Submission, file: string, user: string) {
  return judge(world, { id: 0, user, file, source: 'upload' }, submission);
}
