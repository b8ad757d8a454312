// One notice to one channel: an e-mail through the site's mail server, or a webhook.
import { createTransport } from 'nodemailer';
import type { Config } from '../config/shape.ts';
import type { Vault } from '../secrets/vault.ts';
import type { ChannelRecord } from '../store/notices.ts';
import { sendWebhook } from './webhook.ts';

export interface Letter {
  /** Stays the same over all tries. */
  id: string;
  text: string;
  /** JSON, for webhooks. */
  payload: string;
}

export interface Site {
  config: Pick<Config, 'notify'>;
  vault: Vault;
}

const MAIL_TIMEOUT_MS = 30_000;

/** @throws Error that says why it did not get through, in words for the channel's owner */
export async function deliver(site: Site, channel: ChannelRecord, letter: Letter, now: number): Promise<void> {
  if (channel.kind === 'email') return await sendMail(site, channel.target, letter);
  const key = site.vault.open(channel.sealedKey ?? '', aboutKey(channel.user));
  const { webhookPrivate: allowPrivate } = site.config.notify;
  await sendWebhook({ url: channel.target, key, id: letter.id, body: letter.payload, now, allowPrivate });
}

/** What the key of a webhook is sealed as. */
export const aboutKey = (user: string): string => `webhook\0${user}`;

async function sendMail({ config: { notify } }: Site, to: string, { id, text }: Letter): Promise<void> {
  if (notify.smtpUrl === null) throw new Error('this DoPQ sends no e-mail: [notify] smtp.url is not set');
  const transport = createTransport(notify.smtpUrl, {
    from: notify.mailFrom,
    // What a job is called must not become a file or an address of ours.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    const [subject = ''] = text.split('\n');
    await withDeadline(
      transport.sendMail({
        to: { name: '', address: to },
        subject: `DoPQ: ${subject.slice(0, 150)}`,
        text: `${text}\n`,
        messageId: `<${id}@dopq>`,
      }),
    );
  } finally {
    transport.close();
  }
}

async function withDeadline(sent: Promise<unknown>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`the mail server did not take it within ${MAIL_TIMEOUT_MS / 1000} s`)),
    MAIL_TIMEOUT_MS,
  );
  await Promise.race([sent, late]).finally(() => clearTimeout(timer));
}
