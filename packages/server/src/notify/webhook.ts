// One signed format: Standard Webhooks 1.0 (standardwebhooks.com), for which every language has a verifier.
import { createHmac, randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { publicLookup, refuseLiteral } from './public-address.ts';

const DEADLINE_MS = 15_000;
const KEY_PREFIX = 'whsec_';

export function newSigningKey(): string {
  return KEY_PREFIX + randomBytes(32).toString('base64');
}

/** `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`. @param timestamp Unix time in seconds */
export function sign(key: string, id: string, timestamp: number, body: string): string {
  const bytes = Buffer.from(key.slice(KEY_PREFIX.length), 'base64');
  return `v1,${createHmac('sha256', bytes).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

export interface Hook {
  url: string;
  key: string;
  /** Stays the same over all tries of one delivery. */
  id: string;
  body: string;
  /** Milliseconds since 1970. */
  now: number;
  /** Whether it may go to addresses that are not of the internet. */
  allowPrivate: boolean;
}

/**
 * Sends one. Redirects are not followed and the answer's text is not read: neither can be used to look at what is inside.
 * @throws Error that says why it was not taken
 */
export async function sendWebhook({ url, key, id, body, now, allowPrivate }: Hook): Promise<void> {
  const { protocol, hostname } = new URL(url);
  if (!allowPrivate) refuseLiteral(hostname);
  const timestamp = Math.floor(now / 1000);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = (protocol === 'https:' ? https : http).request(url, {
    method: 'POST',
    // A connection of its own: one that was opened under other rules is not used again.
    agent: false,
    signal: AbortSignal.timeout(DEADLINE_MS),
    ...(!allowPrivate && { lookup: publicLookup }),
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'DoPQ',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': sign(key, id, timestamp, body),
    },
  });
  request.once('response', (answer) => {
    resolve(answer.statusCode ?? 0);
    answer.destroy();
  });
  request.on('error', (error) =>
    reject(error.name === 'TimeoutError' ? new Error(`no answer within ${DEADLINE_MS / 1000} s`) : error),
  );
  request.end(body);
  const status = await promise;
  if (status >= 300 && status < 400) throw new Error(`it answered ${status}; redirects are not followed`);
  if (status < 200 || status >= 300) throw new Error(`it answered ${status}`);
}
