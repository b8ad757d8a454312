import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../log.ts';
import { type EngineError, LABELS } from '../engine.ts';
import type { DockerApi } from './api.ts';
import { readJsonLines } from './json-lines.ts';
import { pingAfresh } from './ping.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/** Events after which there is something to do; the engine also tells of every exec and every `top`. */
const TELLING = ['start', 'die', 'oom', 'pause', 'unpause', 'destroy'];

/**
 * Follows the engine's events about our containers until disposed. `onHint` is told the event's name and its container's,
 * `connected` after each connection (whatever happened before it was not seen) and `disconnected`.
 */
export function watchEvents(
  api: DockerApi,
  { instance, log }: { instance: string; log?: Logger },
  onHint: (hint: string, container?: string) => void,
): AsyncDisposable {
  const stop = new AbortController();
  const ended = follow();

  async function follow(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!stop.signal.aborted) {
      try {
        for await (const [hint, container] of readHints(api, instance, stop.signal)) {
          pauseMs = FIRST_PAUSE_MS;
          onHint(hint, container);
        }
      } catch (error) {
        if (stop.signal.aborted) return;
        log?.debug({ err: error, pauseMs }, 'the event stream broke');
      }
      if (stop.signal.aborted) return;
      onHint('disconnected');
      await delay(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

interface Event {
  Action?: string;
  Actor?: { Attributes?: { name?: string } };
}

async function* readHints(
  api: DockerApi,
  instance: string,
  signal: AbortSignal,
): AsyncGenerator<[hint: string, container?: string]> {
  const response = await api.open({
    method: 'GET',
    path: '/events',
    query: { filters: { type: ['container'], label: [`${LABELS.instance}=${instance}`], event: TELLING } },
    timeoutMs: api.timeouts.shortMs,
    signal,
  });
  const timer = endWhenHung(api, response);
  try {
    yield ['connected'];
    for await (const { Action: action = 'unknown', Actor: actor } of readJsonLines<Event>(response)) {
      const name = actor?.Attributes?.name;
      yield name === undefined ? [action] : [action, name];
    }
  } finally {
    clearInterval(timer);
    response.destroy();
  }
}

/** A connection without events looks like one whose engine hangs: it is asked now and then. */
function endWhenHung(api: DockerApi, response: IncomingMessage): NodeJS.Timeout {
  let asking = false;
  return setInterval(() => {
    if (asking) return;
    asking = true;
    void pingAfresh(api.endpoint, api.timeouts.shortMs)
      .catch((error: EngineError) => response.destroy(error))
      .finally(() => {
        asking = false;
      });
  }, api.timeouts.silenceMs);
}
