// The way in: sign in, or sign up as far as this server lets people.
import type { WhoAmI } from '@dopq/contract';
import { useState } from 'react';
import { useAction } from '../../api/act.ts';
import { api } from '../../api/client.ts';
import { PageHead, useTitle } from '../../parts/page.tsx';
import { Field, NEW_PASSWORD, USER_NAME } from '../../parts/Field.tsx';

export function SignIn({ who }: { who: WhoAmI }) {
  const [isNew, setNew] = useState(who.needs_first_admin);
  useTitle(isNew ? 'Register' : 'Sign in');
  return (
    <div className="narrow">
      {isNew ? <Register who={who} onBack={() => setNew(false)} /> : <Enter onNew={() => setNew(true)} />}
    </div>
  );
}

function Enter({ onNew }: { onNew: () => void }) {
  const [run, isBusy] = useAction();
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    void run(() => api.session.signIn({ user, password }));
  };
  return (
    <form className="panel card" onSubmit={submit}>
      <h1>Sign in</h1>
      <Field label="User" name="username" autoComplete="username" required autoFocus value={user} onText={setUser} />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        value={password}
        onText={setPassword}
      />
      <button type="submit" className="btn main" disabled={isBusy}>
        Sign in
      </button>
      <button type="button" className="btn bare" onClick={onNew}>
        No account yet? Register
      </button>
      <p className="m3 small">
        Forgotten? An administrator gives you a code with which you register anew under the same name.
      </p>
    </form>
  );
}

function Register({ who, onBack }: { who: WhoAmI; onBack: () => void }) {
  const [run, isBusy] = useAction();
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [email, setEmail] = useState('');
  const [code, setCode] = useState('');
  const needsCode = who.needs_first_admin || who.registration === 'closed';
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    void run(() =>
      api.session.register({ user, password, ...(email && { email }), ...(code && { code: code.trim() }) }),
    );
  };
  return (
    <form className="panel card" onSubmit={submit}>
      <h1>{who.needs_first_admin ? 'The first administrator' : 'Register'}</h1>
      <p className="m2">{introduction(who)}</p>
      <Field
        label="User"
        hint="Your folder on the share: letters, digits, “_”, “.” and “-”"
        name="username"
        autoComplete="username"
        autoFocus
        {...USER_NAME}
        value={user}
        onText={setUser}
      />
      <Field label="Password" name="new-password" {...NEW_PASSWORD} value={password} onText={setPassword} />
      <Field
        label="E-mail, if you want to be told how jobs end"
        name="email"
        type="email"
        autoComplete="email"
        value={email}
        onText={setEmail}
      />
      <Field
        label={who.needs_first_admin ? 'Code' : 'Invitation code'}
        hint={!needsCode && 'If you were given one'}
        className="in mono"
        name="code"
        autoComplete="off"
        required={needsCode}
        value={code}
        onText={setCode}
      />
      <button type="submit" className="btn main" disabled={isBusy}>
        Register
      </button>
      <button type="button" className="btn bare" onClick={onBack}>
        I have an account: sign in
      </button>
    </form>
  );
}

function introduction({ needs_first_admin: isFirst, registration }: WhoAmI): string {
  if (isFirst)
    return 'The server printed a code when it started; `dopq status` on the server shows it too. Whoever has it becomes the first administrator.';
  if (registration === 'open') return 'Everybody may register here; you can submit at once.';
  if (registration === 'approval')
    return 'Everybody may register here; an administrator then lets you in. An invitation lets you in at once.';
  return 'Registration takes an invitation code from an administrator.';
}

/** Registered, not approved yet. */
export function Pending({ who }: { who: WhoAmI }) {
  const [run, isBusy] = useAction();
  return (
    <div className="narrow">
      <PageHead title={`Welcome, ${who.user}`} />
      <p className="m2">An administrator has to let you in; this page opens by itself as soon as that is done.</p>
      <button type="button" className="btn" disabled={isBusy} onClick={() => void run(() => api.session.signOut())}>
        Sign out
      </button>
    </div>
  );
}
