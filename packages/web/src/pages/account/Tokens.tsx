import type { IssuedToken } from '@dopq/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAction } from '../../api/act.ts';
import { api } from '../../api/client.ts';
import { FormDialog } from '../../parts/FormDialog.tsx';
import { Empty, Loading } from '../../parts/page.tsx';
import { ShownOnce } from '../../parts/ShownOnce.tsx';
import { Table } from '../../parts/Table.tsx';
import { useNow } from '../../parts/use-now.ts';
import { at, clock } from '../../words/time.ts';
import { Field } from '../../parts/Field.tsx';

const SCOPES = [
  ['read', 'look'],
  ['jobs', 'look, and submit and change own jobs'],
  ['all', 'all you may, but nothing about accounts'],
] as const;
const DAYS = [7, 30, 90, 365] as const;

/** Keys for scripts and the command line on other machines. */
export function Tokens() {
  const now = useNow();
  const [run, isBusy] = useAction();
  const [isAsking, setAsking] = useState(false);
  const [issued, setIssued] = useState<IssuedToken>();
  const { data: tokens } = useQuery({ queryKey: ['tokens'], queryFn: () => api.tokens.list({}) });
  return (
    <section className="panel" aria-label="Tokens">
      <div className="bar">
        <h2>Tokens</h2>
        <span className="m3 small">for scripts and the command line on other machines</span>
        <span className="gap" />
        <button type="button" className="btn" onClick={() => setAsking(true)}>
          New token…
        </button>
      </div>
      {!tokens ? (
        <Loading />
      ) : tokens.length === 0 ? (
        <Empty what="There are none." next="The command line makes one by itself:" command="dopq login" />
      ) : (
        <Table
          caption="Tokens"
          rows={tokens}
          keyOf={({ id }) => id}
          columns={[
            { name: 'For', width: 34, phone: '1', show: ({ name }) => name },
            { name: 'May', width: 12, show: ({ scope }) => scope },
            { name: 'Made', width: 14, show: ({ created_at: made }) => clock(at(made), now) },
            {
              name: 'Ends',
              width: 14,
              phone: '2',
              show: ({ expires_at: end }) => (end === null ? 'never' : clock(at(end), now)),
            },
            {
              name: 'Last used',
              width: 16,
              phone: '2r',
              show: ({ used_at: used }) => (used === null ? <span className="m3">never</span> : clock(at(used), now)),
            },
            {
              name: 'Revoke',
              width: 10,
              right: true,
              phone: '1r',
              show: ({ id, name }) => (
                <button
                  type="button"
                  className="btn bare"
                  disabled={isBusy}
                  aria-label={`Revoke ${name}`}
                  onClick={() => void run(() => api.tokens.revoke({ id }))}
                >
                  Revoke
                </button>
              ),
            },
          ]}
        />
      )}
      {isAsking && (
        <NewToken
          onClose={() => setAsking(false)}
          onIssued={(token) => {
            setAsking(false);
            setIssued(token);
          }}
        />
      )}
      {issued && (
        <ShownOnce
          title={`Token ${issued.name}`}
          note="Copy it now: it is shown this once."
          secret={issued.secret}
          onClose={() => setIssued(undefined)}
        />
      )}
    </section>
  );
}

function NewToken({ onClose, onIssued }: { onClose: () => void; onIssued: (token: IssuedToken) => void }) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<(typeof SCOPES)[number][0]>('jobs');
  const [days, setDays] = useState<number | null>(90);
  const create = async (): Promise<void> => onIssued(await api.tokens.create({ name, scope, expires_in_days: days }));
  return (
    <FormDialog title="New token" act="Make it" onDo={create} keep="Not now" onClose={onClose}>
      <Field label="What it is for" required maxLength={100} value={name} onText={setName} />
      <fieldset className="field">
        <legend>What it may do</legend>
        {SCOPES.map(([value, words]) => (
          <label key={value} className="tick">
            <input type="radio" name="scope" checked={scope === value} onChange={() => setScope(value)} />
            <span>
              {value} <span className="m3">{words}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <label className="field">
        <span>Ends after</span>
        <select
          className="in"
          value={days ?? ''}
          onChange={(event) => setDays(event.target.value === '' ? null : Number(event.target.value))}
        >
          {DAYS.map((value) => (
            <option key={value} value={value}>
              {value} days
            </option>
          ))}
          <option value="">never</option>
        </select>
      </label>
    </FormDialog>
  );
}
