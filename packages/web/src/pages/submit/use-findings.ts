// What is wrong with a submission: at once what the browser can see, then what only the server knows.
import { type ArchiveLimits, type JudgementNow, parseSubmission, type Problem } from '@dopq/contract';
import type { z } from 'zod';
import { fileSize } from '../../words/amounts.ts';
import type { Archive } from './archive.ts';
import { useJudgement } from './use-judgement.ts';

export interface Findings {
  problems: Problem[];
  /** Of the text as it is now; undefined until the server has judged it. */
  judgement: JudgementNow | undefined;
  /** There is nothing more to wait for. */
  isJudged: boolean;
}

export function useFindings(
  archive: Archive,
  config: string,
  user: string | null,
  limits: z.infer<typeof ArchiveLimits> | undefined,
): Findings {
  const judgement = useJudgement(config, user);
  const here = parseSubmission(config, { requireUser: user === null });
  const ofConfig = judgement ? judgement.problems : here.ok ? [] : here.problems;
  return {
    problems: [...problemsOfFiles(archive, config, limits), ...ofConfig],
    judgement,
    isJudged: judgement !== undefined || !here.ok,
  };
}

function problemsOfFiles(
  archive: Archive,
  config: string,
  limits: z.infer<typeof ArchiveLimits> | undefined,
): Problem[] {
  const problem = (file: string, message: string, rule: string, fix: string): Problem => ({
    file,
    field: '',
    message,
    rule,
    fix,
  });
  const builds = !/"build_flag"\s*:\s*false/.test(config);
  return [
    ...(builds && archive.dockerfile === null
      ? [
          problem(
            'Dockerfile',
            'is not there',
            'a file of exactly this name beside container_config.json',
            'Add a Dockerfile, or use a ready image: "build_flag": false, "image": "NAME:TAG"',
          ),
        ]
      : []),
    ...(builds && archive.dockerfile !== null && !/^\s*FROM\s/im.test(archive.dockerfile)
      ? [problem('Dockerfile', 'has no FROM', 'a line that names the image to start from', 'FROM python:3.13')]
      : []),
    ...(limits && archive.bytes > limits.max_upload_bytes
      ? [
          problem(
            archive.name,
            `has ${fileSize(archive.bytes)}`,
            `at most ${fileSize(limits.max_upload_bytes)}`,
            'Leave data out of it; large files belong on the share.',
          ),
        ]
      : []),
    ...(limits && archive.entries > limits.max_entries
      ? [
          problem(
            archive.name,
            `has ${archive.entries} files`,
            `at most ${limits.max_entries}`,
            'Leave out what the build does not need.',
          ),
        ]
      : []),
  ];
}
