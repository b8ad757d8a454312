// What the server would say of a configuration, asked anew when the typing rests.
import type { JudgementNow } from '@dopq/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api } from '../../api/client.ts';
import { CONFIG } from './archive.ts';

const REST_MS = 300;
/** A predicted start moves while somebody reads it. */
const AGAIN_MS = 15_000;

/**
 * @param config text of a container_config.json
 * @param user whose job it would be; null = the file says so
 * @returns the judgement of the text as it is now; undefined while it is on its way
 */
export function useJudgement(config: string, user: string | null): JudgementNow | undefined {
  const [rested, setRested] = useState(config);
  useEffect(() => {
    const timer = setTimeout(() => setRested(config), REST_MS);
    return () => clearTimeout(timer);
  }, [config]);
  const { data, isPlaceholderData } = useQuery({
    queryKey: ['judge', rested, user],
    queryFn: () => api.submissions.judge({ config: base64(rested), file: CONFIG, ...(user !== null && { user }) }),
    refetchInterval: AGAIN_MS,
    placeholderData: keepPreviousData,
  });
  return rested === config && !isPlaceholderData ? data : undefined;
}

function base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let binary = '';
  for (const byte of bytes) binary += String.fromCodePoint(byte);
  return btoa(binary);
}
