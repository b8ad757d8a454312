import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAction } from '../../api/act.ts';
import { api } from '../../api/client.ts';
import { Loading } from '../../parts/page.tsx';
import { useNow } from '../../parts/use-now.ts';
import { at, clock } from '../../words/time.ts';
import { Field } from '../../parts/Field.tsx';

/** Environment of one's own containers. What was set is never shown again. */
export function Secrets() {
  const now = useNow();
  const [run, isBusy] = useAction();
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const { data: secrets } = useQuery({ queryKey: ['secrets'], queryFn: () => api.secrets.list({}) });
  const set = (event: React.FormEvent): void => {
    event.preventDefault();
    void run(async () => {
      await api.secrets.set({ name, value });
      setName('');
      setValue('');
      return `${name} is set for your next starts.`;
    });
  };
  return (
    <section className="panel card" aria-label="Secrets">
      <h2>
        Secrets <span>environment of your containers, masked in logs, never shown again</span>
      </h2>
      {!secrets && <Loading />}
      <ul className="lines">
        {secrets?.map((secret) => (
          <li key={secret.name}>
            <code className="cut">{secret.name}</code>
            <span className="m3 small nw">set {clock(at(secret.updated_at), now)}</span>
            <button
              type="button"
              className="btn bare"
              disabled={isBusy}
              aria-label={`Remove ${secret.name}`}
              onClick={() => void run(() => api.secrets.remove({ name: secret.name }))}
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
      <form className="row-form" onSubmit={set}>
        <Field
          label="Name"
          className="in mono"
          required
          pattern="[A-Za-z_][A-Za-z0-9_]*"
          title="letters, digits and “_”"
          placeholder="WANDB_API_KEY"
          value={name}
          onText={setName}
        />
        <Field
          label="Value, at least 8 characters"
          type="password"
          autoComplete="off"
          required
          minLength={8}
          value={value}
          onText={setValue}
        />
        <button type="submit" className="btn" disabled={isBusy}>
          Set
        </button>
      </form>
    </section>
  );
}
