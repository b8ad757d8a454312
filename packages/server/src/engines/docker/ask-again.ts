import { setTimeout as delay } from 'node:timers/promises';
import { EngineError } from '../engine.ts';

const TRIES = 4;
const PAUSE_MS = 200;

/** The answer was lost or the engine had a bad moment. A deadline that has passed is not: that was long enough. */
export function isBadMoment(error: unknown): boolean {
  return error instanceof EngineError && (error.code === 'unreachable' || error.code === 'failed');
}

/**
 * For what a person waits for and what does no harm if it is carried out twice: asked up to four times within a second.
 * The queue has a longer breath of its own.
 */
export async function askAgain<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (!isBadMoment(error) || tries >= TRIES) throw error;
    }
    await delay(tries * PAUSE_MS);
  }
}
