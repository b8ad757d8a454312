import type { User } from '@dopq/contract';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { FormDialog } from '../../parts/FormDialog.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { Field, USER_NAME } from '../../parts/Field.tsx';

const ROLES = ['user', 'operator', 'admin'] as const;
const LIMITS = [
  ['max_running_jobs', 'Most running jobs'],
  ['max_running_gpus', 'Most GPUs at once'],
  ['max_queued_jobs', 'Most waiting jobs'],
] as const;

/** Adds a user, or changes share, limits and role of one. */
export function UserDialog({ user, onClose }: { user: User | undefined; onClose: () => void }) {
  const [name, setName] = useState(user?.name ?? '');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState(user?.role ?? 'user');
  const [shares, setShares] = useState(String(user?.shares ?? 1));
  const [limits, setLimits] = useState(
    LIMITS.map(([key]) => ((user?.[key] ?? null) === null ? '' : String(user?.[key]))),
  );
  const save = async (): Promise<string> => {
    if (!user) await api.users.add({ name, ...(email && { email }) });
    const wanted = Object.fromEntries(
      LIMITS.map(([key], index) => [key, limits[index] === '' ? null : Number(limits[index])]),
    );
    await api.users.change({ name, shares: Number(shares), ...wanted });
    if (role !== (user?.role ?? 'user')) await api.users.role({ name, role });
    return user ? `${name} is changed.` : `${name} may submit now.`;
  };
  return (
    <FormDialog
      title={user ? `Change ${user.name}` : 'Add a user'}
      act={user ? 'Change' : 'Add'}
      onDo={save}
      onClose={onClose}
    >
      {!user && (
        <>
          <Field label="Name, also of the folder on the share" {...USER_NAME} value={name} onText={setName} />
          <Field label="E-mail" type="email" value={email} onText={setEmail} />
        </>
      )}
      <fieldset className="field">
        <legend>Role</legend>
        <Segments options={ROLES.map((value) => [value, value])} value={role} onChange={setRole} />
      </fieldset>
      <Field
        label="Share: 2 may use twice as much as 1 for the same penalty"
        type="number"
        min="0.01"
        step="any"
        required
        value={shares}
        onText={setShares}
      />
      {LIMITS.map(([key, words], index) => (
        <Field
          key={key}
          label={`${words}; empty = as for all`}
          type="number"
          min="0"
          step="1"
          value={limits[index]}
          onText={(text) => setLimits(limits.map((old, at) => (at === index ? text : old)))}
        />
      ))}
    </FormDialog>
  );
}
