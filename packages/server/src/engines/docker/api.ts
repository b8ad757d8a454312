// Every request to a Docker Engine goes through here, so that each has a deadline and each failure a code.
import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import type { EngineError } from '../engine.ts';
import { dialer } from './dial.ts';
import { failureOfConnection, failureOfDeadline, failureOfStatus, wordsOf } from './failure.ts';
import { type ApiVersions, chooseApiVersion } from './version.ts';

export interface Timeouts {
  /** Questions that read what the engine has in memory: ping, version, list, inspect. Milliseconds. */
  shortMs: number;
  /** Everything else that is not a stream, and the time until a stream begins. Milliseconds. */
  longMs: number;
  /** How long the event stream may be silent before the engine is asked whether it is still there. Milliseconds. */
  silenceMs: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = { shortMs: 10_000, longMs: 60_000, silenceMs: 30_000 };

export interface ApiCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path without version and query. */
  path: string;
  query?: Record<string, unknown>;
  body?: unknown;
  /** A tar stream to send as the body; its own error is what the call fails with. */
  tar?: Readable;
  /** Overrides the deadline; `Infinity` for none, where the caller has other means to notice a dead engine. */
  timeoutMs?: number;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

export interface DockerApi {
  readonly endpoint: string;
  readonly timeouts: Timeouts;
  /** The parsed answer, or undefined if it is empty. The deadline covers all of it. */
  json<T>(call: ApiCall): Promise<T>;
  /** The answer as a stream. The deadline covers the time until it begins; `signal` ends it at any time. */
  open(call: ApiCall): Promise<IncomingMessage>;
  /** The connection itself, after the engine has agreed to it: bytes both ways. The deadline covers the time until then. */
  hijack(call: ApiCall): Promise<Duplex>;
  /** An error that is fit to be thrown: an EngineError, also for a connection that broke in the middle of a stream. */
  failureOf(error: unknown): EngineError;
}

const VERSION_CALL: ApiCall = { method: 'GET', path: '/version' };

/** Makes no call: the first use connects. Throws an Error if `endpoint` cannot be read. */
export function dockerApi(endpoint: string, timeouts: Timeouts): DockerApi {
  const dial = dialer(endpoint);
  /** `/v1.41`; unknown at first and again after every outage, since that may have been an upgrade. */
  let versionPrefix: string | undefined;
  let negotiating: Promise<string> | undefined;

  async function negotiate(): Promise<string> {
    using deadline = startDeadline(timeouts.shortMs);
    return await failingAs(VERSION_CALL, deadline, async () => {
      const response = await dial({ ...VERSION_CALL, signal: deadline.signal });
      return `/v${chooseApiVersion(JSON.parse(await readText(response)) as ApiVersions)}`;
    });
  }

  async function begin(call: ApiCall, deadline: Deadline): Promise<IncomingMessage> {
    versionPrefix ??= await (negotiating ??= negotiate().finally(() => (negotiating = undefined)));
    const signal = call.signal ? AbortSignal.any([call.signal, deadline.signal]) : deadline.signal;
    const response = await dial({ ...call, path: versionPrefix + call.path, signal });
    const status = response.statusCode ?? 500;
    if (status >= 400) throw failureOfStatus(status, wordsOf(await readText(response), status));
    return response;
  }

  async function failingAs<T>(call: ApiCall, deadline: Deadline, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      const broken = call.tar?.errored;
      call.tar?.destroy();
      if (call.signal?.aborted) throw reasonOf(call.signal);
      if (broken) throw broken;
      if (deadline.signal.aborted) throw failureOfDeadline(endpoint, `${call.method} ${call.path}`, deadline.ms);
      const failure = failureOfConnection(endpoint, error);
      if (failure.code === 'unreachable' || /API version|client version/i.test(failure.message))
        versionPrefix = undefined;
      throw failure;
    }
  }

  return {
    endpoint,
    timeouts,
    failureOf: (error) => failureOfConnection(endpoint, error),

    async json<T>(call: ApiCall): Promise<T> {
      using deadline = startDeadline(call.timeoutMs ?? timeouts.longMs, call.tar);
      return await failingAs(call, deadline, async () => {
        const body = await readText(await begin(call, deadline));
        return (body.trim() === '' ? undefined : JSON.parse(body)) as T;
      });
    },

    async hijack(call) {
      using deadline = startDeadline(call.timeoutMs ?? timeouts.longMs);
      const headers = { connection: 'Upgrade', upgrade: 'tcp' };
      const { socket } = await failingAs(call, deadline, () => begin({ ...call, headers }, deadline));
      return socket;
    },

    async open(call) {
      using deadline = startDeadline(call.timeoutMs ?? timeouts.longMs, call.tar);
      return await failingAs(call, deadline, () => begin(call, deadline));
    },
  };
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason });
}

interface Deadline extends Disposable {
  ms: number;
  signal: AbortSignal;
}

/** `tar`: what is being sent; if it breaks, possibly before the first byte is taken, the call ends. */
function startDeadline(ms: number, tar?: Readable): Deadline {
  const controller = new AbortController();
  // It may have broken before anybody listened: its error is not told twice.
  if (tar?.destroyed) controller.abort(tar.errored ?? new Error('the archive was closed before it was sent'));
  tar?.once('error', (error) => controller.abort(error));
  const timer = Number.isFinite(ms) ? setTimeout(() => controller.abort(), ms) : undefined;
  return { ms, signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}
