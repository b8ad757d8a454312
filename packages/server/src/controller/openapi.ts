// The same procedures for those who do not write TypeScript: JSON over POST below /api, described in OpenAPI 3.1, with a page
// to read it on that needs no internet.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { API_PREFIX, contract, ERRORS, RAW_RIGHTS, RAW_ROUTES, type Rights } from '@dopq/contract';
import { OpenAPIGenerator } from '@orpc/openapi';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import type { FastifyInstance } from 'fastify';
import { release } from '../release.ts';

const UI = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
const FILES: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

/** Swagger UI sets style attributes; scripts come from this origin alone, none of them inline. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>DoPQ API</title>
<link rel="stylesheet" href="swagger-ui.css">
<div id="ui"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="start.js"></script>
</html>
`;
const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#ui', validatorUrl: null, docExpansion: 'none', deepLinking: true });\n`;

const ANYBODY = { config: { rights: { needs: 'anyone', kind: 'read' } satisfies Rights } };

export function addApiDocs(app: FastifyInstance): void {
  let document: Promise<object> | undefined;
  app.get('/openapi.json', ANYBODY, async () => {
    document ??= describeApi();
    return await document;
  });
  app.get('/api-docs', ANYBODY, async (_request, reply) => reply.redirect('/api-docs/'));
  app.get('/api-docs/', ANYBODY, async (_request, reply) =>
    reply.header('content-security-policy', POLICY).type('text/html; charset=utf-8').send(PAGE),
  );
  app.get('/api-docs/start.js', ANYBODY, async (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(START),
  );
  for (const [name, type] of Object.entries(FILES)) {
    app.get(`/api-docs/${name}`, ANYBODY, async (_request, reply) =>
      reply
        .type(type)
        .header('cache-control', 'max-age=86400')
        .send(await readFile(path.join(UI, name))),
    );
  }
}

/** OpenAPI 3.1, made from the contract: what it says is what is enforced. */
export async function describeApi(): Promise<object> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  const document = await generator.generate(contract, {
    info: { title: 'DoPQ', version: release, description: introduction() },
    servers: [{ url: API_PREFIX }],
    security: [{ token: [] }, {}],
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'An API token: `dopq_...`' } },
    },
  });
  const procedures = new Map(listProcedures().map(({ name, rights }) => [name, rights]));
  for (const [route, item] of Object.entries(document.paths ?? {})) {
    const names = route.split('/').filter((part) => part !== '');
    const operation = item?.post;
    if (!operation) continue;
    const rights = procedures.get(names.join('.'));
    if (!rights) continue;
    const { needs, kind } = rights;
    operation.tags = [names.length > 1 ? (names[0] ?? '') : 'status'];
    operation.summary = names.join('.');
    operation.description = `${kind === 'read' ? 'Reads' : 'Changes something, audited'}. For: ${FOR[needs]}.`;
  }
  return { ...document, paths: { ...document.paths, ...rawPaths() } };
}

/** Who, in words. */
export const FOR: Record<Rights['needs'], string> = {
  anyone: 'everybody, without sign-in',
  'signed-in': 'whoever is signed in, also before the approval',
  user: 'users',
  owner: "the job's owner, and operators",
  operator: 'operators',
  admin: 'administrators',
};

export interface ProcedureWords {
  /** `jobs.page`. */
  name: string;
  rights: Rights;
  /** Codes of the errors it states. */
  errors: string[];
}

/** Every procedure of the contract, in its order. */
export function listProcedures(node: unknown = contract, names: readonly string[] = []): ProcedureWords[] {
  const { '~orpc': found, ...parts } = node as { '~orpc'?: { meta: Rights; errorMap: object } };
  if (found) return [{ name: names.join('.'), rights: found.meta, errors: Object.keys(found.errorMap) }];
  return Object.entries(parts).flatMap(([name, part]) => listProcedures(part, [...names, name]));
}

function introduction(): string {
  const rows = Object.entries(ERRORS).map(([code, { status, fix }]) => `| \`${code}\` | ${status} | ${fix} |`);
  return [
    'Every procedure is a POST of a JSON object. Send an API token as `Authorization: Bearer dopq_...`.',
    'An error has a stable `code`, a `message` that says the cause, and `data.fix`, which says the way out:',
    ['| code | status | fix |', '| --- | --- | --- |', ...rows].join('\n'),
  ].join('\n\n');
}

function rawPaths(): Record<string, object> {
  const one = (route: string, rights: Rights, method: 'get' | 'put', summary: string, query: string[] = []) => {
    const inPath = [...route.matchAll(/:(\w+)/g)].map(([, name]) => parameter(name ?? '', 'path'));
    const operation = {
      summary,
      tags: ['raw routes'],
      description: `For: ${FOR[rights.needs]}.`,
      servers: [{ url: '/' }],
      parameters: [...inPath, ...query.map((name) => parameter(name, 'query'))],
      ...(method === 'put' && { requestBody: { content: { 'application/octet-stream': {} } } }),
      responses: { 200: { description: 'As the summary says.' } },
    };
    return [route.replaceAll(/:(\w+)/g, '{$1}'), { [method]: operation }] as const;
  };
  return Object.fromEntries([
    one(RAW_ROUTES.upload, RAW_RIGHTS.upload, 'put', 'Submits the bytes of an archive; answers the job.', [
      'name',
      'user',
    ]),
    one(RAW_ROUTES.log(':id'), RAW_RIGHTS.log, 'get', 'A run or build log as text.', [
      'kind',
      'follow',
      'tail',
      'timestamps',
    ]),
    one(RAW_ROUTES.archive(':id'), RAW_RIGHTS.archive, 'get', 'The archive as it was submitted.'),
    one(RAW_ROUTES.file(':id'), RAW_RIGHTS.file, 'get', "A file of the job's output folder.", ['path']),
    one(
      RAW_ROUTES.terminal(':id'),
      RAW_RIGHTS.terminal,
      'get',
      "A WebSocket to a terminal inside one's own running job.",
      ['command', 'columns', 'rows', 'tty'],
    ),
    one(RAW_ROUTES.audit, RAW_RIGHTS.audit, 'get', 'The audit log, one JSON object a line.'),
    one(RAW_ROUTES.feed, RAW_RIGHTS.feed, 'get', 'Server-sent events: a revision number whenever something changed.'),
    one(RAW_ROUTES.metrics, RAW_RIGHTS.metrics, 'get', 'Figures in OpenMetrics.'),
    one(RAW_ROUTES.live, RAW_RIGHTS.live, 'get', '`ok` as long as the server lives.'),
    one(RAW_ROUTES.ready, RAW_RIGHTS.ready, 'get', '`ready`, or 503 with what does not work.'),
  ]);
}

function parameter(name: string, where: 'path' | 'query') {
  return { name, in: where, required: where === 'path', schema: { type: 'string' } };
}
