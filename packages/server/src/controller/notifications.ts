// The ways by which a user is told of things: added, tried, looked after, removed.
import { type AddChannel, type Channel, type Delivery, DopqError } from '@dopq/contract';
import { aboutKey } from '../notify/deliver.ts';
import { newSigningKey } from '../notify/webhook.ts';
import type { ChannelRecord, NoticeRecord } from '../store/notices.ts';
import { actorOf, type Caller, hasRole } from './caller.ts';
import type { ControllerDeps } from './deps.ts';
import { userOf } from './secrets.ts';

const MOST_CHANNELS = 20;
const MOST_DELIVERIES = 100;

/** @throws DopqError USER_NOT_FOUND, ROLE_NEEDED */
export function listChannels(deps: ControllerDeps, caller: Caller, whose: { user?: string | undefined }): Channel[] {
  return deps.store.notices.channels(userOf(deps, caller, whose)).map((channel) => presentChannel(deps, channel));
}

/** @throws DopqError USER_NOT_FOUND, ROLE_NEEDED, BAD_REQUEST */
export function addChannel(
  deps: ControllerDeps,
  caller: Caller,
  wanted: AddChannel,
): { channel: Channel; secret: string | null } {
  const { store, clock, vault } = deps;
  const user = userOf(deps, caller, wanted);
  const target = wanted.target ?? store.users.find(user)?.email;
  if (!target) {
    throw new DopqError('BAD_REQUEST', `No e-mail address of ${user} is known.`, {
      fix: 'Name the address to send it to, as in `dopq notify email me@lab.org`.',
    });
  }
  if (store.notices.channels(user).length >= MOST_CHANNELS) {
    throw new DopqError('BAD_REQUEST', `${user} has ${MOST_CHANNELS} channels already.`, { fix: 'Remove one first.' });
  }
  const secret = wanted.kind === 'webhook' ? newSigningKey() : null;
  const id = store.transaction(() => {
    const message = `${wanted.kind} to ${withoutSecrets(target)} for ${user}`;
    store.events.append({ at: clock.now(), jobId: null, actor: actorOf(caller), kind: 'channel_added', message });
    return store.notices.addChannel({
      user,
      kind: wanted.kind,
      target,
      events: [...new Set(wanted.events)],
      movedByMs: wanted.moved_by_seconds * 1000,
      sealedKey: secret === null ? null : vault.seal(secret, aboutKey(user)),
      createdAt: clock.now(),
    });
  });
  return { channel: presentChannel(deps, channelOf(deps, caller, id)), secret };
}

/** @throws DopqError CHANNEL_NOT_FOUND */
export function removeChannel(deps: ControllerDeps, caller: Caller, id: number): Channel[] {
  const { store, clock } = deps;
  const { user, kind, target } = channelOf(deps, caller, id);
  store.transaction(() => {
    const message = `${kind} to ${withoutSecrets(target)} for ${user}`;
    store.events.append({ at: clock.now(), jobId: null, actor: actorOf(caller), kind: 'channel_removed', message });
    store.notices.removeChannel(id);
  });
  return store.notices.channels(user).map((channel) => presentChannel(deps, channel));
}

/** Sends a test and waits for what becomes of it. @throws DopqError CHANNEL_NOT_FOUND */
export async function testChannel(deps: ControllerDeps, caller: Caller, id: number) {
  const failure = await deps.notifier.test(channelOf(deps, caller, id));
  return { delivered: failure === null, failure };
}

/** The newest notices of a user and what became of them. @throws DopqError USER_NOT_FOUND, ROLE_NEEDED */
export function listDeliveries(deps: ControllerDeps, caller: Caller, whose: { user?: string | undefined }): Delivery[] {
  const ids = deps.store.notices.channels(userOf(deps, caller, whose)).map(({ id }) => id);
  return deps.store.notices.deliveries(ids, MOST_DELIVERIES).map(presentDelivery);
}

/** Somebody else's is not there: what people use is their own affair. */
function channelOf({ store }: ControllerDeps, caller: Caller, id: number): ChannelRecord {
  const channel = store.notices.findChannel(id);
  if (channel && (channel.user === caller.user || hasRole(caller, 'admin'))) return channel;
  throw new DopqError('CHANNEL_NOT_FOUND', `There is no channel ${id}.`);
}

/** Webhooks often have a key in their path: everybody can read events. */
function withoutSecrets(target: string): string {
  return URL.canParse(target) ? new URL(target).host : target;
}

function presentChannel({ store }: ControllerDeps, channel: ChannelRecord): Channel {
  const { id, user, kind, target, failure } = channel;
  return {
    id,
    user,
    kind,
    target,
    failure,
    events: channel.events as Channel['events'],
    moved_by_seconds: channel.movedByMs / 1000,
    created_at: new Date(channel.createdAt).toISOString(),
    delivered_at: isoOrNull(channel.deliveredAt),
    failed_at: isoOrNull(channel.failedAt),
    waiting: store.notices.countWaiting(id),
  };
}

function presentDelivery(notice: NoticeRecord): Delivery {
  const { id, event, text, tries, failure } = notice;
  return {
    id,
    event,
    text,
    tries,
    failure,
    channel: notice.channelId,
    job_id: notice.jobId,
    state: notice.deliveredAt !== null ? 'delivered' : notice.nextAt === null ? 'given_up' : 'waiting',
    created_at: new Date(notice.createdAt).toISOString(),
    delivered_at: isoOrNull(notice.deliveredAt),
    next_try_at: isoOrNull(notice.nextAt),
  };
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
