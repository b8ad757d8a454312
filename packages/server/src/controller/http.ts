// The HTTP server: one scope for the procedures, one for the raw routes, and one way to answer an error.
import { DopqError, ERRORS, type RawError, type Rights, RPC_PREFIX } from '@dopq/contract';
import { onError, ORPCError } from '@orpc/server';
import { RPCHandler } from '@orpc/server/fastify';
import Fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { createDashboard } from './dashboard.ts';
import type { ControllerDeps } from './deps.ts';
import { checkAccess } from './access.ts';
import type { Caller } from './caller.ts';
import { identify } from './identify.ts';
import { addFeedRoute } from './feed-route.ts';
import { addLogRoute } from './log-route.ts';
import { createRouter } from './router.ts';
import { addUploadRoute } from './upload.ts';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
  }
  interface FastifyContextConfig {
    /** Who may use the route; one that does not say is for administrators. */
    rights?: Rights;
  }
}

/** The routes and their gate, ready to be put behind listeners. */
export async function createRoutes(deps: ControllerDeps): Promise<FastifyInstance> {
  const app = Fastify();
  app.setErrorHandler((error, _request, reply) => {
    const answer = answerOf(error, deps);
    return reply.code(answer.status).type('application/json').send(answer);
  });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ code: 'NOT_FOUND', status: 404, message: `There is no ${request.method} ${request.url.split('?')[0]}.` }),
  );
  addGate(app, deps);
  await app.register(async (scope) => {
    leaveBodiesAlone(scope);
    addProcedures(scope, deps);
    addUploadRoute(scope, deps);
    addLogRoute(scope, deps);
    addFeedRoute(scope, deps);
  });
  createDashboard(deps.log).add(app);
  await app.ready();
  return app;
}

/** Nothing of a request is read before it is known who sends it. Procedures check themselves, once their name is known. */
function addGate(app: FastifyInstance, deps: ControllerDeps): void {
  app.addHook('onRequest', async (request) => {
    request.caller = identify(request);
    if (request.is404) return;
    const { rights = { needs: 'admin', kind: 'change' } } = request.routeOptions.config;
    const { id } = request.params as { id?: string };
    checkAccess(deps, request.caller, rights, { id: Number(id) });
  });
}

/** oRPC reads its bodies itself, and an upload goes to disk as a stream: Fastify must not touch either. */
function leaveBodiesAlone(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
}

function addProcedures(scope: FastifyInstance, deps: ControllerDeps): void {
  const handler = new RPCHandler(createRouter(deps), {
    interceptors: [onError((error) => logUnexpected(error, deps))],
  });
  scope.all(`${RPC_PREFIX}/*`, { config: { rights: { needs: 'anyone', kind: 'read' } } }, async (request, reply) => {
    const context = { caller: request.caller };
    const { matched } = await handler.handle(request, reply, { prefix: RPC_PREFIX, context });
    if (!matched) reply.callNotFound();
    return reply;
  });
}

/** What a caller may know of an error: all of ours, nothing of the inside of others. */
function answerOf(error: unknown, deps: ControllerDeps): RawError {
  if (error instanceof DopqError) {
    return { code: error.code, status: error.status, message: error.message, data: { fix: error.fix } };
  }
  if (error instanceof z.ZodError) {
    const message = error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    return { code: 'BAD_REQUEST', status: 400, message, data: { fix: ERRORS.BAD_REQUEST.fix } };
  }
  logUnexpected(error, deps);
  return { code: 'INTERNAL_SERVER_ERROR', status: 500, message: 'The server failed at this; its log says why.' };
}

function logUnexpected(error: unknown, { log }: ControllerDeps): void {
  const isCallersFault = error instanceof ORPCError && error.status < 500;
  if (isCallersFault) return;
  // An answer that breaks the contract says where only in its cause.
  const issues = error instanceof Error ? (error.cause as { issues?: unknown } | undefined)?.issues : undefined;
  log.error({ err: error, ...(issues !== undefined && { issues }) }, 'a request failed');
}
