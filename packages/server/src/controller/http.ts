// The HTTP server: one scope for the procedures, one for the raw routes, and one way to answer an error.
import { API_PREFIX, DopqError, type RawError, type Rights, RPC_PREFIX } from '@dopq/contract';
import { OpenAPIHandler } from '@orpc/openapi/fastify';
import { onError, ORPCError } from '@orpc/server';
import { RPCHandler } from '@orpc/server/fastify';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
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
import { createRouter, FAILED, issueWords } from './router.ts';
import { addUploadRoute } from './upload.ts';

const MAX_INPUT_BYTES = 4 * 1024 ** 2;
/** How long bodies are waited for. */
export interface Patience {
  /** All of a procedure's input. */
  inputMs: number;
  /** Somebody who uploads says nothing. */
  silenceMs: number;
}
const PATIENCE: Patience = { inputMs: 30_000, silenceMs: 60_000 };

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
  const { config, patience = PATIENCE } = deps;
  const { proxies } = config.controller;
  const app = Fastify({
    trustProxy: proxies.length > 0 && [...proxies],
    frameworkErrors: (error, request, reply) => void refuse(request, reply, answerOf(error, deps)),
  });
  app.setErrorHandler((error, request, reply) => {
    request.failure = error;
    return refuse(request, reply, answerOf(error, deps));
  });
  app.setNotFoundHandler((request, reply) =>
    refuse(
      request,
      reply,
      answerOf(new DopqError('NOT_FOUND', `There is no ${request.method} ${pathOf(request)}.`), deps),
    ),
  );
  addGate(app, deps);
  await app.register(async (scope) => {
    readJson(scope, patience);
    addProcedures(scope, deps);
  });
  await app.register(async (scope) => {
    leaveBodiesAlone(scope, patience);
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

/** The client of procedures knows one shape of errors, everybody else another. */
function refuse(request: FastifyRequest, reply: FastifyReply, answer: RawError): FastifyReply {
  const body = request.url.startsWith(`${RPC_PREFIX}/`) ? { json: { defined: false, ...answer } } : answer;
  return reply.headers(API_HEADERS).code(answer.status).type('application/json').send(body);
}

function pathOf({ url }: FastifyRequest): string {
  return (url.split('?')[0] ?? '').slice(0, 200);
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
function readJson(scope: FastifyInstance, { inputMs }: Patience): void {
  scope.removeAllContentTypeParsers();
  const options = { parseAs: 'string', bodyLimit: MAX_INPUT_BYTES } as const;
  scope.addContentTypeParser('application/json', options, scope.getDefaultJsonParser('remove', 'remove'));
  scope.addHook('onRequest', async ({ raw }) => {
    const late = setTimeout(() => raw.destroy(), inputMs).unref();
    raw.once('close', () => clearTimeout(late)).once('end', () => clearTimeout(late));
  });
}

/** An upload goes to disk as a stream: Fastify must not touch it. Who stops sending is cut off. */
function leaveBodiesAlone(scope: FastifyInstance, { silenceMs }: Patience): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
  scope.addHook('onRequest', async ({ raw, method }) => {
    // A followed log says nothing for hours.
    if (method === 'GET' || method === 'HEAD') return;
    const { socket } = raw;
    const cutOff = () => raw.destroy();
    const stop = () => socket.setTimeout(0).off('timeout', cutOff);
    socket.setTimeout(silenceMs, cutOff);
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
  const known = error instanceof DopqError ? error : refusalIn(error);
  if (!known) logUnexpected(error, deps);
  const { code, status, message, fix } = known ?? new DopqError('INTERNAL_SERVER_ERROR', FAILED);
  return { code, status, message, data: { fix } };
}

/** What is the caller's own fault, in our words: those of libraries speak to whoever programs with them. */
function refusalIn(error: unknown): DopqError | undefined {
  if (error instanceof z.ZodError) return new DopqError('BAD_REQUEST', issueWords(error.issues));
  const { statusCode: status, code } = error as { statusCode?: unknown; code?: unknown };
  if (typeof status !== 'number' || status < 400 || status >= 500) return undefined;
  if (status === 413) return new DopqError('BODY_TOO_LARGE', `The body has more than ${MAX_INPUT_BYTES} bytes.`);
  if (status === 415) return new DopqError('UNSUPPORTED_TYPE', 'Procedures take JSON and nothing else.');
  const words = code === 'FST_ERR_BAD_URL' ? 'The path is no valid URL.' : 'The body is no JSON.';
  return new DopqError('BAD_REQUEST', words);
}

function logUnexpected(error: unknown, { log }: ControllerDeps): void {
  const isCallersFault = error instanceof ORPCError && error.status < 500;
  if (isCallersFault) return;
  const err = error instanceof ORPCError ? (error.cause ?? error) : error;
  // An answer that breaks the contract says where only in its cause.
  const issues = err instanceof Error ? (err.cause as { issues?: unknown } | undefined)?.issues : undefined;
  log.error({ err, ...(issues !== undefined && { issues }) }, 'a request failed');
}
