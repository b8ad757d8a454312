import { RAW_ROUTES } from '@dopq/contract/routes';
import type { Job } from '@dopq/contract';

/**
 * Sends an archive. `fetch` cannot tell how far it is, so this is the older way.
 * @param onProgress part of it that is sent, 0 to 1
 * @throws Error with the server's words
 */
export function upload(
  archive: Blob,
  name: string,
  user: string | null,
  onProgress: (part: number) => void,
  signal: AbortSignal,
): Promise<Job> {
  const { promise, resolve, reject } = Promise.withResolvers<Job>();
  const request = new XMLHttpRequest();
  const query = new URLSearchParams({ name, ...(user !== null && { user }) });
  request.open('PUT', `${RAW_ROUTES.upload}?${query}`);
  request.setRequestHeader('content-type', 'application/zip');
  request.responseType = 'json';
  request.upload.addEventListener(
    'progress',
    ({ loaded, total, lengthComputable }) => lengthComputable && onProgress(loaded / total),
  );
  request.addEventListener('load', () => {
    const answer = request.response as (Job & { message?: string; data?: { fix?: string } }) | null;
    if (request.status >= 200 && request.status < 300 && answer) resolve(answer);
    else
      reject(
        new Error(
          [answer?.message ?? `The server answered ${request.status}.`, answer?.data?.fix].filter(Boolean).join(' '),
        ),
      );
  });
  request.addEventListener('error', () =>
    reject(new Error('The server does not answer; nothing was taken. Try again.')),
  );
  request.addEventListener('abort', () => reject(new DOMException('Broken off; nothing was taken.', 'AbortError')));
  signal.addEventListener('abort', () => request.abort(), { once: true });
  request.send(archive);
  return promise;
}
