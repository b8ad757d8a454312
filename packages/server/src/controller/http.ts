// The HTTP server: one scope for the procedures, one for the raw routes, and one way to answer an error.
import { API_PREFIX, DopqError, ERRORS, type RawError, type Rights, RPC_PREFIX } from '@dopq/contract';
import { OpenAPIHandler } from '@orpc/openapi/fastify';
import { onError, ORPCError } from '@orpc/server';
import { RPCHandler } from '@orpc/server/fastify';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { createDashboard } from './dashboard.ts';
import type { ControllerDeps } from './deps.ts';
import { checkAccess } from './access.ts';
import type { OpenAct } from './audit.ts';
import { addAuditRoute } from './audit-route.ts';
import type { Caller } from './caller.ts';
import type { CallContext } from './context.ts';
import { writeSessionCookie } from './cookie.ts';
import { doorOf } from './doors.ts';
import { checkFetchSite, checkHost, checkOrigin } from './origin.ts';
import { identify } from './identify.ts';
import { addFileRoutes } from './files.ts';
import { addApiDocs } from './openapi.ts';
import { addTerminalRoute } from './terminal-route.ts';
import { addFeedRoute } from './feed-route.ts';
import { addHealthRoutes } from './health.ts';
import { addLogRoute } from './log-route.ts';
import { createRouter } from './router.ts';
import { addUploadRoute } from './upload.ts';

const MAX_INPUT_BYTES = 4 * 1024 ** 2;
const MAX_INPUT_MS = 30_000;
/** Of somebody who uploads. */
const MAX_SILENCE_MS = 60_000;

/** An answer of the API is no page, whatever a browser makes of it, and nobody else's to keep. The page has its own. */
const API_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
};

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
    /** Of a raw route: procedures are written down by the router, which knows their names. */
    act?: OpenAct;
    /** What went wrong with it. */
    failure?: unknown;
  }
  interface FastifyContextConfig {
    /** Who may use the route; one that does not say is for administrators. */
    rights?: Rights;
  }
}

/** The routes and their gate, ready to be put behind listeners. */
export async function createRoutes(deps: ControllerDeps): Promise<FastifyInstance> {
  const { proxies } = deps.config.controller;
  const app = Fastify({ trustProxy: proxies.length > 0 && [...proxies] });
  app.setErrorHandler((error, request, reply) => {
    request.failure = error;
    const answer = answerOf(error, deps);
    // The client of procedures knows one shape of errors.
    const body = request.url.startsWith(`${RPC_PREFIX}/`) ? { json: { defined: false, ...answer } } : answer;
    return reply.code(answer.status).type('application/json').send(body);
  });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .send({ code: 'NOT_FOUND', status: 404, message: `There is no ${request.method} ${request.url.split('?')[0]}.` }),
  );
  addGate(app, deps);
  await app.register(async (scope) => {
    readJson(scope);
    addProcedures(scope, deps);
  });
  await app.register(async (scope) => {
    leaveBodiesAlone(scope);
    addUploadRoute(scope, deps);
    addLogRoute(scope, deps);
    addHealthRoutes(scope, deps);
    addFeedRoute(scope, deps);
    addAuditRoute(scope, deps);
    addFileRoutes(scope, deps);
    addTerminalRoute(scope, deps);
    addApiDocs(scope);
  });
  createDashboard(deps.log).add(app);
  await app.ready();
  return app;
}

/** Nothing of a request is read before it is known who sends it. Procedures check themselves, once their name is known. */
function addGate(app: FastifyInstance, deps: ControllerDeps): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(API_HEADERS);
    if (doorOf(request.raw)?.kind !== 'admin socket') {
      checkHost(deps.config, request);
      checkOrigin(deps.config, request);
    }
    request.caller = identify(deps, request);
    checkFetchSite(request, request.caller);
    if (request.is404) return;
    const { id } = request.params as { id?: string };
    const rights = rightsOf(request);
    if (!isProcedure(request)) {
      const input = { ...(request.query as object), ...(id !== undefined && { id: Number(id) }) };
      const what = `${request.method} ${request.routeOptions.url ?? ''}`;
      request.act = deps.audit.open(request.caller, { what, rights, input });
    }
    checkAccess(deps, request.caller, rights, { id: Number(id) });
  });
  app.addHook('onRequest', ({ act }, _reply, next) => (act ? act.run(next) : next()));
  app.addHook('onResponse', async ({ act, failure }, { statusCode: status }) => {
    act?.close(status < 400 ? undefined : (failure ?? { status }));
  });
}

function rightsOf(request: FastifyRequest): Rights {
  return request.routeOptions.config.rights ?? { needs: 'admin', kind: 'change' };
}

function isProcedure(request: FastifyRequest): boolean {
  return [RPC_PREFIX, API_PREFIX].some((prefix) => request.url.startsWith(`${prefix}/`));
}

/** Procedures take JSON and nothing else, which no form of another site can send, and not much of it. */
function readJson(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  const options = { parseAs: 'string', bodyLimit: MAX_INPUT_BYTES } as const;
  scope.addContentTypeParser('application/json', options, scope.getDefaultJsonParser('remove', 'remove'));
  scope.addHook('onRequest', async ({ raw }) => {
    const late = setTimeout(() => raw.destroy(), MAX_INPUT_MS).unref();
    raw.once('close', () => clearTimeout(late)).once('end', () => clearTimeout(late));
  });
}

/** An upload goes to disk as a stream: Fastify must not touch it. Who stops sending is cut off. */
function leaveBodiesAlone(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
  scope.addHook('onRequest', async ({ raw, method }) => {
    // A followed log says nothing for hours.
    if (method === 'GET' || method === 'HEAD') return;
    const { socket } = raw;
    const cutOff = () => raw.destroy();
    const stop = () => socket.setTimeout(0).off('timeout', cutOff);
    socket.setTimeout(MAX_SILENCE_MS, cutOff);
    raw.once('end', stop).once('close', stop);
  });
}

function addProcedures(scope: FastifyInstance, deps: ControllerDeps): void {
  const router = createRouter(deps);
  const report = (error: unknown) => logUnexpected(error, deps);
  const handlers = {
    [RPC_PREFIX]: new RPCHandler(router, { interceptors: [onError(report)] }),
    [API_PREFIX]: new OpenAPIHandler(router, { interceptors: [onError(report)] }),
  } as const;
  for (const prefix of [RPC_PREFIX, API_PREFIX] as const) {
    scope.all(`${prefix}/*`, { config: { rights: { needs: 'anyone', kind: 'read' } } }, async (request, reply) => {
      const context: CallContext = {
        caller: request.caller,
        browser: (request.headers['user-agent'] ?? '').slice(0, 200),
        setCookie: (secret) => writeSessionCookie(request, reply, deps.instance, secret),
      };
      const { matched } = await handlers[prefix].handle(request, reply, { prefix, context });
      if (!matched) reply.callNotFound();
      return reply;
    });
  }
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
  const { statusCode } = error as { statusCode?: unknown };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    const code = statusCode === 413 ? 'BODY_TOO_LARGE' : 'BAD_REQUEST';
    return { code, status: statusCode, message: (error as Error).message, data: { fix: ERRORS[code].fix } };
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
