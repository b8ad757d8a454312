// Where things live below the server's origin. No schema here: a page in a browser loads this and nothing else with it.

/** The procedures. */
export const RPC_PREFIX = '/rpc';

/** The same for those who do not write TypeScript: JSON over POST, as `/openapi.json` describes it. */
export const API_PREFIX = '/api';

/** The raw routes: bytes that would not fit a procedure. */
export const RAW_ROUTES = {
  /** PUT the bytes of an archive; query `name` (file name) and optional `user`. Answers a Job. */
  upload: '/submissions',
  /** GET text; query `kind=run|build`, `follow=1`, `tail=N`. Ends when the job has ended, if followed. A `Range` of bytes is answered. */
  log: (id: number | ':id') => `/jobs/${id}/log`,
  /** GET the archive as it was submitted, if it is still kept. */
  archive: (id: number | ':id') => `/jobs/${id}/archive`,
  /** GET a file of the job's output folder; query `path`. */
  file: (id: number | ':id') => `/jobs/${id}/files`,
  /**
   * A WebSocket to a terminal inside one's own running job; query as TerminalQuery. Binary messages are bytes both ways; texts are
   * JSON: `{"resize": {"columns": 80, "rows": 24}}` or `{"eof": true}` to it, `{"exit": 0}` from it before it closes.
   */
  terminal: (id: number | ':id') => `/jobs/${id}/terminal`,
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
