// What is wrong with a submission: at once what the browser can see, then what only the server knows.
import { type ArchiveLimits, parseSubmission, type Problem } from '@dopq/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { z } from 'zod';
import { api } from '../../api/client.ts';
import { fileSize } from '../../words/amounts.ts';
import { type Archive, CONFIG } from './archive.ts';

const REST_MS = 300;

export interface Findings {
  problems: Problem[];
  notes: string[];
  /** The server has judged the text as it is now. */
  isJudged: boolean;
}

export function useFindings(
  archive: Archive,
  config: string,
  user: string | null,
  limits: z.infer<typeof ArchiveLimits> | undefined,
): Findings {
  const [rested, setRested] = useState(config);
  useEffect(() => {
    const timer = setTimeout(() => setRested(config), REST_MS);
    return () => clearTimeout(timer);
  }, [config]);
  const { data: judgement, isPlaceholderData } = useQuery({
    queryKey: ['judge', rested, user],
    queryFn: () => api.submissions.judge({ config: base64(rested), file: CONFIG, ...(user !== null && { user }) }),
    refetchInterval: false,
    placeholderData: keepPreviousData,
  });
  const ofFiles = problemsOfFiles(archive, config, limits);
  const here = parseSubmission(config, { requireUser: user === null });
  const isJudged = judgement !== undefined && !isPlaceholderData && rested === config;
  const ofConfig = isJudged ? judgement.problems : here.ok ? [] : here.problems;
  return {
    problems: [...ofFiles, ...ofConfig],
    notes: isJudged ? judgement.notes : [],
    isJudged: isJudged || !here.ok,
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

function base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let binary = '';
  for (const byte of bytes) binary += String.fromCodePoint(byte);
  return btoa(binary);
}
