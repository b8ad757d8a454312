import { type Channel, NOTICE_EVENTS, type NoticeEvent } from '@dopq/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAction } from '../../api/act.ts';
import { api } from '../../api/client.ts';
import { FormDialog } from '../../parts/FormDialog.tsx';
import { Loading } from '../../parts/page.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { ShownOnce } from '../../parts/ShownOnce.tsx';
import { State } from '../../parts/State.tsx';
import { useNow } from '../../parts/use-now.ts';
import { at, clock } from '../../words/time.ts';
import { Field } from '../../parts/Field.tsx';

const KINDS = [
  ['email', 'E-mail'],
  ['webhook', 'Webhook'],
] as const;
const WORDS: Record<NoticeEvent, string> = {
  started: 'it started',
  finished: 'it succeeded',
  failed: 'it failed',
  held: 'it is held',
  limit_near: 'its time limit is near',
  moved: 'its predicted start moved by more than an hour',
};

/** Who is told of what, by e-mail or by a signed webhook. */
export function Notifications() {
  const [run, isBusy] = useAction();
  const [isAsking, setAsking] = useState(false);
  const [secret, setSecret] = useState<string>();
  const { data: channels } = useQuery({ queryKey: ['channels'], queryFn: () => api.notifications.list({}) });
  const test = (id: number): void =>
    void run(async () => {
      const { delivered, failure } = await api.notifications.test({ id });
      if (!delivered) throw new Error(failure ?? 'It did not get through.');
      return 'The test got through.';
    });
  return (
    <section className="panel card" aria-label="Notifications">
      <h2>
        Notifications
        <span>
          <button type="button" className="btn" onClick={() => setAsking(true)}>
            New…
          </button>
        </span>
      </h2>
      {!channels && <Loading />}
      {channels?.length === 0 && <p className="m2">Nobody is told of your jobs. An e-mail or a webhook can be.</p>}
      <ul className="lines">
        {channels?.map((channel) => (
          <li key={channel.id}>
            <span className="cut">
              <b className="cut">{channel.target}</b>{' '}
              <span className="m2 small">when {channel.events.map((event) => WORDS[event]).join(', ')}</span>
            </span>
            <Health channel={channel} />
            <button
              type="button"
              className="btn bare"
              disabled={isBusy}
              aria-label={`Test ${channel.target}`}
              onClick={() => test(channel.id)}
            >
              Test
            </button>
            <button
              type="button"
              className="btn bare"
              disabled={isBusy}
              aria-label={`Remove ${channel.target}`}
              onClick={() => void run(() => api.notifications.remove({ id: channel.id }))}
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
      {isAsking && (
        <NewChannel
          onClose={() => setAsking(false)}
          onAdded={(key) => {
            setAsking(false);
            setSecret(key ?? undefined);
          }}
        />
      )}
      {secret && (
        <ShownOnce
          title="Key of its signatures"
          note="Each call is signed with it (Standard Webhooks). Copy it now: it is shown this once."
          secret={secret}
          onClose={() => setSecret(undefined)}
        />
      )}
    </section>
  );
}

function Health({ channel: { failure, failed_at: failed, delivered_at: delivered, waiting } }: { channel: Channel }) {
  const now = useNow();
  const failedLast = failed !== null && (delivered === null || at(failed) > at(delivered));
  if (failedLast) return <State icon="fail" tone="fail" word="did not get through" title={failure ?? ''} chip />;
  if (waiting > 0) return <State icon="wait" tone="rest" word={`${waiting} on their way`} />;
  return delivered === null ? null : <State icon="check" tone="ok" word={clock(at(delivered), now)} />;
}

function NewChannel({ onClose, onAdded }: { onClose: () => void; onAdded: (secret: string | null) => void }) {
  const [kind, setKind] = useState<Channel['kind']>('email');
  const [target, setTarget] = useState('');
  const [events, setEvents] = useState<ReadonlySet<NoticeEvent>>(new Set<NoticeEvent>(['finished', 'failed']));
  const toggle = (event: NoticeEvent): void => {
    const next = new Set(events);
    if (!next.delete(event)) next.add(event);
    setEvents(next);
  };
  const add = async (): Promise<void> => {
    const wanted = { target, events: [...events] };
    const { secret } = await api.notifications.add(kind === 'email' ? { kind, ...wanted } : { kind, ...wanted });
    onAdded(secret);
  };
  return (
    <FormDialog
      title="New notification"
      act="Add it"
      onDo={add}
      keep="Not now"
      isReady={events.size > 0}
      onClose={onClose}
    >
      <Segments name="Kind" options={KINDS} value={kind} onChange={setKind} />
      <Field
        label={kind === 'email' ? 'Address' : 'URL'}
        required
        type={kind === 'email' ? 'email' : 'url'}
        value={target}
        onText={setTarget}
      />
      <fieldset className="field">
        <legend>When a job of yours says that</legend>
        {NOTICE_EVENTS.map((event) => (
          <label key={event} className="tick">
            <input type="checkbox" checked={events.has(event)} onChange={() => toggle(event)} />
            {WORDS[event]}
          </label>
        ))}
      </fieldset>
    </FormDialog>
  );
}
