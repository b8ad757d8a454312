import { Readable } from 'node:stream';
import { AuditQuery, RAW_RIGHTS, RAW_ROUTES } from '@dopq/contract';
import type { FastifyInstance } from 'fastify';
import { exportAudit } from './audit.ts';
import type { ControllerDeps } from './deps.ts';

export function addAuditRoute(app: FastifyInstance, deps: ControllerDeps): void {
  app.get(RAW_ROUTES.audit, { config: { rights: RAW_RIGHTS.audit } }, (request, reply) => {
    const query = AuditQuery.parse(request.query);
    reply.type('application/x-ndjson').header('content-disposition', 'attachment; filename="dopq-audit.ndjson"');
    return reply.send(Readable.from(exportAudit(deps, query), { objectMode: false }));
  });
}
