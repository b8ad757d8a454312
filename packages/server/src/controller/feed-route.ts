import { RAW_RIGHTS, RAW_ROUTES } from '@dopq/contract';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hasRole } from './caller.ts';
import { identify } from './identify.ts';
import type { ControllerDeps } from './deps.ts';

export function addFeedRoute(app: FastifyInstance, deps: ControllerDeps): void {
  app.get(RAW_ROUTES.feed, { config: { rights: RAW_RIGHTS.feed } }, (request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // nginx would gather what is meant to be heard at once.
      'x-accel-buffering': 'no',
    });
    deps.feed.add({ stream: reply.raw, isWelcome: () => mayListen(deps, request) });
  });
}

function mayListen(deps: ControllerDeps, request: FastifyRequest): boolean {
  try {
    return hasRole(identify(deps, request), 'user');
  } catch {
    return false;
  }
}
