import { RAW_RIGHTS, RAW_ROUTES } from '@dopq/contract';
import type { FastifyInstance } from 'fastify';
import type { ControllerDeps } from './deps.ts';

export function addFeedRoute(app: FastifyInstance, { feed }: ControllerDeps): void {
  app.get(RAW_ROUTES.feed, { config: { rights: RAW_RIGHTS.feed } }, (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // nginx would gather what is meant to be heard at once.
      'x-accel-buffering': 'no',
    });
    feed.add({ stream: reply.raw, isWelcome: () => true });
  });
}
