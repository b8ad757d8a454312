// What belongs to oneself: password, sessions, secrets, notifications, tokens.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAction } from '../../api/act.ts';
import { api } from '../../api/client.ts';
import { useWhoAmI } from '../../api/me.ts';
import { Loading, PageHead } from '../../parts/page.tsx';
import { State } from '../../parts/State.tsx';
import { Table } from '../../parts/Table.tsx';
import { useNow } from '../../parts/use-now.ts';
import { browserWords } from '../../words/browser.ts';
import { at, clock } from '../../words/time.ts';
import { Notifications } from './Notifications.tsx';
import { Secrets } from './Secrets.tsx';
import { Tokens } from './Tokens.tsx';
import { Field, NEW_PASSWORD } from '../../parts/Field.tsx';

export function Profile() {
  const { data: who } = useWhoAmI();
  if (!who) return <Loading />;
  if (who.user === null) {
    return (
      <>
        <PageHead title="Profile" />
        <p className="m2 prose">
          You look at this server as its owner, through its own socket, and have no account of your own here.{' '}
          <code>dopq user add NAME</code> makes one.
        </p>
      </>
    );
  }
  return (
    <>
      <PageHead title={who.user} note={who.role} />
      <div className="grid-2">
        <div className="rail">
          <NewPassword />
          <Secrets />
        </div>
        <div className="rail">
          <Sessions />
          <Notifications />
        </div>
      </div>
      <Tokens />
    </>
  );
}

function NewPassword() {
  const [run, isBusy] = useAction();
  const [old, setOld] = useState('');
  const [password, setPassword] = useState('');
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    void run(async () => {
      await api.session.setPassword({ old, password });
      setOld('');
      setPassword('');
      return 'The password is changed.';
    });
  };
  return (
    <section className="panel card" aria-label="Password">
      <h2>Password</h2>
      <form className="dialog-form" onSubmit={submit}>
        <Field
          label="Present one"
          type="password"
          autoComplete="current-password"
          required
          value={old}
          onText={setOld}
        />
        <Field label="New one" {...NEW_PASSWORD} value={password} onText={setPassword} />
        <div className="acts">
          <button type="submit" className="btn" disabled={isBusy}>
            Change it
          </button>
        </div>
      </form>
    </section>
  );
}

function Sessions() {
  const now = useNow();
  const [run, isBusy] = useAction();
  const { data: sessions } = useQuery({ queryKey: ['sessions'], queryFn: () => api.session.list({}) });
  if (!sessions) return <Loading />;
  const revoke = (id?: number): void =>
    void run(async () => {
      const { revoked } = await api.session.revoke(id === undefined ? {} : { id });
      return `${revoked} session${revoked === 1 ? '' : 's'} ended.`;
    });
  return (
    <section className="panel" aria-label="Sessions">
      <div className="bar">
        <h2>Sessions</h2>
        <span className="gap" />
        <button type="button" className="btn" disabled={isBusy || sessions.length < 2} onClick={() => revoke()}>
          End all others
        </button>
      </div>
      <Table
        caption="Sessions"
        rows={sessions}
        keyOf={({ id }) => id}
        columns={[
          {
            name: 'Browser',
            width: 36,
            phone: '1',
            show: ({ browser }) => <span title={browser}>{browserWords(browser)}</span>,
          },
          { name: 'From', width: 24, phone: '2', show: ({ used_from: from }) => from },
          {
            name: 'Last used',
            width: 22,
            phone: '2r',
            show: ({ used_at: used, created_at: made }) => clock(at(used ?? made), now),
          },
          {
            name: 'End',
            width: 18,
            right: true,
            phone: '1r',
            show: ({ id, current }) =>
              current ? (
                <State icon="live" tone="ok" word="this one" />
              ) : (
                <button type="button" className="btn bare" disabled={isBusy} onClick={() => revoke(id)}>
                  End
                </button>
              ),
          },
        ]}
      />
    </section>
  );
}
