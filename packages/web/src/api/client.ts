import { createClient, findRefusal, type Refusal } from '@dopq/contract/client';

/** How long the server may take to answer a question before the page says that it does not. */
const PATIENCE_MS = 20_000;

export const api = createClient(location.origin, (input, init) =>
  fetch(input, {
    ...init,
    signal: AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), ...(init?.signal ? [init.signal] : [])]),
  }),
);

/** What went wrong, in words: the server's own, or that it cannot be reached. */
export function refusalOf(error: unknown): Refusal {
  const refusal = findRefusal(error);
  if (refusal) return refusal;
  if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError')) {
    return {
      code: 'UNREACHABLE',
      message: 'The server does not answer.',
      fix: 'The page goes on trying; `dopq status` on the server says whether it is up.',
    };
  }
  return { code: 'UNKNOWN', message: error instanceof Error ? error.message : String(error) };
}
