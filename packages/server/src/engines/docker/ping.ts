import { request } from 'node:http';
import { parseEndpoint } from './endpoint.ts';
import { failureOfConnection, failureOfDeadline, failureOfStatus, wordsOf } from './failure.ts';

/**
 * GET /_ping on a connection of its own. Throws an EngineError if the engine does not take one; what is in front of an engine
 * may take it in its place, and answers with an error then.
 */
export async function pingAfresh(endpoint: string, deadlineMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const signal = AbortSignal.timeout(deadlineMs);
  const asked = request({ ...parseEndpoint(endpoint), path: '/_ping', agent: false, signal }, (response) => {
    response.resume();
    const { statusCode: status = 0 } = response;
    if (status === 200) resolve();
    else reject(failureOfStatus(status, wordsOf('', status)));
  });
  asked.once('error', (error) => {
    reject(
      signal.aborted ? failureOfDeadline(endpoint, 'GET /_ping', deadlineMs) : failureOfConnection(endpoint, error),
    );
  });
  asked.end();
  await promise;
}
