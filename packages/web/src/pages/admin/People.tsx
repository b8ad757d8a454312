import type { Invitation, PendingUser, User } from '@dopq/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAction } from '../../api/act.ts';
import { api } from '../../api/client.ts';
import { useUsers } from '../../api/queries.ts';
import { Loading } from '../../parts/page.tsx';
import { ShownOnce } from '../../parts/ShownOnce.tsx';
import { State } from '../../parts/State.tsx';
import { Table } from '../../parts/Table.tsx';
import { useNow } from '../../parts/use-now.ts';
import { at, clock } from '../../words/time.ts';
import { UserDialog } from './UserDialog.tsx';

export function People() {
  const { data: users } = useUsers();
  const [run, isBusy] = useAction();
  const [invitation, setInvitation] = useState<Invitation>();
  const [changing, setChanging] = useState<User | 'new'>();
  const now = useNow();
  if (!users) return <Loading />;
  const invite = (name: string): void => void run(async () => setInvitation(await api.users.invite({ name })));
  const toggle = (user: User): void =>
    void run(async () => {
      await (user.disabled ? api.users.enable({ name: user.name }) : api.users.disable({ name: user.name }));
      return `${user.name} is ${user.disabled ? 'enabled' : 'disabled'}.`;
    });
  return (
    <>
      <Registrations />
      <section className="panel" aria-label="People">
        <div className="bar">
          <h2>People</h2>
          <span className="gap" />
          <button type="button" className="btn" onClick={() => setChanging('new')}>
            Add a user…
          </button>
        </div>
        <div className="scroll-x">
          <Table
            caption="People"
            rows={users}
            keyOf={({ name }) => name}
            columns={[
              { name: 'User', width: 16, phone: '1', show: ({ name }) => <b>{name}</b> },
              { name: 'Role', width: 10, phone: '2', show: ({ role }) => role },
              {
                name: 'State',
                width: 10,
                phone: '1r',
                show: ({ disabled }) =>
                  disabled ? (
                    <State icon="drain" tone="rest" word="disabled" />
                  ) : (
                    <State icon="check" tone="ok" word="active" />
                  ),
              },
              { name: 'E-mail', width: 18, show: ({ email }) => email ?? <span className="m3">none</span> },
              { name: 'Uid', width: 8, right: true, show: ({ uid }) => uid },
              { name: 'Share', width: 7, right: true, show: ({ shares }) => shares },
              { name: 'Since', width: 11, right: true, show: ({ created_at: made }) => clock(at(made), now) },
              {
                name: 'Do',
                width: 20,
                right: true,
                phone: '2r',
                show: (user) => (
                  <>
                    <button
                      type="button"
                      className="btn bare"
                      aria-label={`Change ${user.name}`}
                      onClick={() => setChanging(user)}
                    >
                      Change…
                    </button>
                    <button
                      type="button"
                      className="btn bare"
                      disabled={isBusy}
                      aria-label={`Invitation code for ${user.name}`}
                      onClick={() => invite(user.name)}
                    >
                      Code
                    </button>
                    <button
                      type="button"
                      className="btn bare"
                      disabled={isBusy}
                      aria-label={`${user.disabled ? 'Enable' : 'Disable'} ${user.name}`}
                      onClick={() => toggle(user)}
                    >
                      {user.disabled ? 'Enable' : 'Disable'}
                    </button>
                  </>
                ),
              },
            ]}
          />
        </div>
      </section>
      {changing && (
        <UserDialog user={changing === 'new' ? undefined : changing} onClose={() => setChanging(undefined)} />
      )}
      {invitation && (
        <ShownOnce
          title={`Invitation for ${invitation.user}`}
          note={`With this code ${invitation.user} registers and sets a password, once, until ${clock(at(invitation.expires_at), now)}. It is shown this once.`}
          secret={invitation.code}
          onClose={() => setInvitation(undefined)}
        />
      )}
    </>
  );
}

/** People who signed up and wait. */
function Registrations() {
  const now = useNow();
  const [run, isBusy] = useAction();
  const { data = [] } = useQuery({ queryKey: ['registrations'], queryFn: () => api.registrations.list() });
  if (data.length === 0) return null;
  const decide = (name: string, isWelcome: boolean): void =>
    void run(async () => {
      if (isWelcome) await api.registrations.approve({ name });
      else await api.registrations.reject({ name });
      return isWelcome ? `${name} may submit now.` : `${name} is turned away.`;
    });
  return (
    <section className="panel" aria-label="Waiting for approval">
      <div className="bar">
        <h2>Waiting for approval</h2>
      </div>
      <Table<PendingUser>
        caption="Waiting for approval"
        rows={data}
        keyOf={({ user }) => user}
        columns={[
          { name: 'User', width: 18, phone: '1', show: ({ user }) => <b>{user}</b> },
          { name: 'E-mail', width: 24, show: ({ email }) => email },
          { name: 'Registered', width: 14, phone: '1r', show: ({ registered_at: since }) => clock(at(since), now) },
          {
            name: 'Account of this machine',
            width: 24,
            phone: '2',
            show: ({ account_uid: uid }) =>
              uid === null ? (
                <span className="m3">none of that name</span>
              ) : (
                <State icon="warn" tone="look" word={`uid ${uid}: the same person?`} chip />
              ),
          },
          {
            name: 'Do',
            width: 20,
            right: true,
            phone: '2r',
            show: ({ user }) => (
              <>
                <button
                  type="button"
                  className="btn bare"
                  disabled={isBusy}
                  aria-label={`Approve ${user}`}
                  onClick={() => decide(user, true)}
                >
                  Approve
                </button>
                <button
                  type="button"
                  className="btn bare"
                  disabled={isBusy}
                  aria-label={`Reject ${user}`}
                  onClick={() => decide(user, false)}
                >
                  Reject
                </button>
              </>
            ),
          },
        ]}
      />
    </section>
  );
}
