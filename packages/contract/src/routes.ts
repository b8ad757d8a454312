// Where things live below the server's origin. No schema here: a page in a browser loads this and nothing else with it.

/** The procedures. */
export const RPC_PREFIX = '/rpc';

/** The raw routes: bytes that would not fit a procedure. */
export const RAW_ROUTES = {
  /** PUT the bytes of an archive; query `name` (file name) and optional `user`. Answers a Job. */
  upload: '/submissions',
  /** GET text; query `kind=run|build`, `follow=1`, `tail=N`. Ends when the job has ended, if followed. */
  log: (id: number | ':id') => `/jobs/${id}/log`,
  /** GET text/event-stream; each message a FeedMessage. Never ends by itself. */
  feed: '/feed',
  /** GET application/x-ndjson: the audit log from its beginning, one AuditEntry a line; query as of `audit.list`. */
  audit: '/audit.ndjson',
  /** GET the figures in OpenMetrics. */
  metrics: '/metrics',
  /** GET `ok` as long as the server lives. */
  live: '/healthz',
  /** GET `ready`, or 503 with what does not work. */
  ready: '/readyz',
} as const;
