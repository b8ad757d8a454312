// Who is told of what, by e-mail or by a signed webhook.
import { z } from 'zod';
import { Instant } from './job.ts';
import { UserName } from './user.ts';

/**
 * `limit_near`: nine tenths of its time limit are over. `moved`: its predicted start has moved by more than
 * `moved_by_seconds` since the user was last told.
 */
export const NOTICE_EVENTS = ['started', 'finished', 'failed', 'held', 'limit_near', 'moved'] as const;
export const NoticeEvent = z.enum(NOTICE_EVENTS);
export type NoticeEvent = z.infer<typeof NoticeEvent>;

const target = {
  events: z.array(NoticeEvent).min(1),
  moved_by_seconds: z
    .number()
    .min(60)
    .max(366 * 86_400)
    .default(3600),
};
const whose = { user: UserName.optional() };

/** A way by which a user is told of things. */
export const Channel = z.object({
  id: z.int().positive(),
  user: z.string(),
  kind: z.enum(['email', 'webhook']),
  /** Address or URL. */
  target: z.string(),
  events: z.array(NoticeEvent),
  moved_by_seconds: z.number(),
  created_at: Instant,
  /** The newest delivery that went through, and the newest that did not, with why. */
  delivered_at: Instant.nullable(),
  failed_at: Instant.nullable(),
  failure: z.string().nullable(),
  /** Deliveries that are still tried. */
  waiting: z.int().nonnegative(),
});
export type Channel = z.infer<typeof Channel>;

export const ListChannels = z.object(whose);
export const AddChannel = z.discriminatedUnion('kind', [
  z.object({
    ...whose,
    ...target,
    kind: z.literal('email'),
    /** Default: the user's own. */ target: z.email().max(254).optional(),
  }),
  z.object({ ...whose, ...target, kind: z.literal('webhook'), target: z.url({ protocol: /^https?$/ }).max(2000) }),
]);
export type AddChannel = z.infer<typeof AddChannel>;

export const AddedChannel = z.object({
  channel: Channel,
  /** For a webhook: the key of its signatures (Standard Webhooks, `whsec_...`). Shown this once. */
  secret: z.string().nullable(),
});

export const ChannelId = z.object({ id: z.int().positive() });

/** One notice and what became of it. */
export const Delivery = z.object({
  id: z.int().positive(),
  channel: z.int().positive(),
  event: z.string(),
  job_id: z.int().nullable(),
  text: z.string(),
  state: z.enum(['waiting', 'delivered', 'given_up']),
  tries: z.int().nonnegative(),
  created_at: Instant,
  delivered_at: Instant.nullable(),
  next_try_at: Instant.nullable(),
  failure: z.string().nullable(),
});
export type Delivery = z.infer<typeof Delivery>;

export const TestedChannel = z.object({ delivered: z.boolean(), failure: z.string().nullable() });
