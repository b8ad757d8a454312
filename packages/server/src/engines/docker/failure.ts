// One place turns what goes wrong on the way to an engine into the few codes the queue decides by.
import { EngineError } from '../engine.ts';

/** What the engine says while it is going down or has lost its containerd: an outage, although it answers with 500. */
const GOING_DOWN =
  /containerd\.sock|ttrpc: closed|transport: error while dialing|client connection is closing|daemon is shutting down|code = Unavailable/i;

/** An engine's answer of `status` 400 or above; `words` are its own. */
export function failureOfStatus(status: number, words: string): EngineError {
  if (status === 404) return new EngineError('not_found', words);
  if (status === 409) return new EngineError('conflict', words);
  if (status >= 500) return new EngineError(GOING_DOWN.test(words) ? 'unreachable' : 'failed', words);
  return new EngineError('refused', words);
}

/** A connection that could not be made or broke. */
export function failureOfConnection(endpoint: string, error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new EngineError(
    'unreachable',
    `The Docker Engine at ${endpoint} cannot be reached: ${reason}. ${fixOf(error)}`,
    {
      cause: error,
    },
  );
}

/** Nothing came within `timeoutMs`; the call may or may not have been carried out. */
export function failureOfDeadline(endpoint: string, call: string, timeoutMs: number): EngineError {
  return new EngineError(
    'timeout',
    `The Docker Engine at ${endpoint} took "${call}" and did not answer within ${timeoutMs / 1000} s. It may hang: look at its log, or restart it.`,
  );
}

function fixOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EACCES') return 'Add the user that runs DoPQ to the group that owns the socket.';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'It closed the connection: it may be restarting.';
  return 'Start it, or correct the address.';
}

/** The engine's words from an error body: JSON `{message}` from the engine, anything from a proxy before it. */
export function wordsOf(body: string, status: number): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed && typeof parsed.message === 'string') {
      return parsed.message.trim();
    }
  } catch {
    // Not JSON: the text itself is the best there is.
  }
  return body.trim() || `The engine answered with status ${status} and no text.`;
}
