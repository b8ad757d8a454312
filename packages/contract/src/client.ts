import { createORPCClient, ORPCError } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import type { contract } from './api.ts';
import { RPC_PREFIX } from './routes.ts';

export type Client = ContractRouterClient<typeof contract>;

/**
 * The typed client of a DoPQ server.
 * @param origin for example `http://localhost:8080`; any origin where `fetch` is bound to a unix socket
 * @param fetch how requests travel; default the platform's own
 */
export function createClient(origin: string, fetch?: typeof globalThis.fetch): Client {
  return createORPCClient(
    new RPCLink({
      url: `${origin}${RPC_PREFIX}`,
      ...(fetch ? { fetch: (request, init) => fetch(request, init) } : {}),
    }),
  );
}

/** A server's refusal in words: what `DopqError` said there. */
export interface Refusal {
  code: string;
  message: string;
  fix?: string;
}

/** What the server answered instead of a result; undefined if the error is none of its answers. */
export function findRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof ORPCError)) return undefined;
  const data = error.data as { fix?: unknown; issues?: { path?: PropertyKey[]; message: string }[] } | undefined;
  const issues = data?.issues?.map(({ path, message }) => `${(path ?? []).join('.')}: ${message}`).join('; ');
  return {
    code: error.code,
    message: issues ?? error.message,
    ...(typeof data?.fix === 'string' && { fix: data.fix }),
  };
}
