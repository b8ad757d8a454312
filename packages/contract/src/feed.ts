import { z } from 'zod';

/**
 * What the feed says: numbers that grow, nothing else. Whoever sees one grow, or has lost the connection and comes back,
 * reads again what it shows; numbers of two connections compare with each other, also across a restart of the server.
 */
export const FeedMessage = z.object({
  /** Jobs, users, the lock: something was recorded. */
  revision: z.int(),
  /** GPU figures, states of parts, predicted starts: what was measured or reckoned anew. Every few seconds. */
  sample: z.int(),
});
export type FeedMessage = z.infer<typeof FeedMessage>;
