// Any test through an engine that errs, delays, cuts its answers short, falls silent, refuses, or does what it was asked and
// loses the answer, now and then and on any route: `DOPQ_TROUBLE=5 vitest run --project e2e`.
import { Chance } from './chance.ts';
import { type EngineProxy, type FaultRule, startEngineProxy } from './engine-proxy.ts';
import { TROUBLE_RATE } from './patience.ts';

export interface Trouble extends AsyncDisposable {
  /** Endpoint in front of the engine. */
  readonly host: string;
  /** How many calls it has troubled. */
  readonly hits: number;
  /** The rest of the calls is let through. */
  end(): void;
}

/** @param rate 0 to 1; default that of `DOPQ_TROUBLE`, for which `undefined` comes back if there is none */
export async function startTrouble(
  engine: string | undefined,
  rate: number = TROUBLE_RATE,
): Promise<Trouble | undefined> {
  if (engine === undefined || rate === 0) return undefined;
  const proxy: EngineProxy = await startEngineProxy({ upstream: engine.replace(/^unix:\/\//, '') });
  const rule: FaultRule = proxy.chaos(rate, new Chance(`${process.env['DOPQ_SEED'] ?? '1'} ${rate}`));
  return {
    host: proxy.host,
    get hits() {
      return rule.hits;
    },
    end: () => rule.remove(),
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}
