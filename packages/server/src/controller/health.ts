// For whoever keeps services running and watches them: does it live, can it work, and the figures.
import { RAW_RIGHTS, RAW_ROUTES } from '@dopq/contract';
import type { FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';
import type { ControllerDeps } from './deps.ts';
import { describeMetrics } from './metrics.ts';

export function addHealthRoutes(app: FastifyInstance, deps: ControllerDeps): void {
  app.get(RAW_ROUTES.metrics, { config: { rights: RAW_RIGHTS.metrics } }, async (_request, reply) =>
    reply.type(Registry.OPENMETRICS_CONTENT_TYPE).send(await describeMetrics(deps)),
  );
  app.get(RAW_ROUTES.live, { config: { rights: RAW_RIGHTS.live } }, async (_request, reply) =>
    reply.type('text/plain').send('ok\n'),
  );
  app.get(RAW_ROUTES.ready, { config: { rights: RAW_RIGHTS.ready } }, async (_request, reply) => {
    const troubles = troublesOf(deps);
    const isReady = troubles.length === 0;
    return reply
      .code(isReady ? 200 : 503)
      .type('text/plain')
      .send(isReady ? 'ready\n' : `${troubles.join('\n')}\n`);
  });
}

/** Why it could not do its work now, in words that a stranger may read. A lock is somebody's wish and no trouble. */
function troublesOf({ engine, provider, queue }: ControllerDeps): string[] {
  const parts = {
    engine: engine.status().state,
    provider: provider.status().state,
    queue: queue.status().state === 'locked' ? 'running' : queue.status().state,
  };
  const { share } = provider.status();
  return [
    ...Object.entries(parts).map(([name, state]) => (state === 'running' ? '' : `${name}: ${state}`)),
    share.state === 'ok' ? '' : `share: ${share.state}`,
  ].filter((trouble) => trouble !== '');
}
