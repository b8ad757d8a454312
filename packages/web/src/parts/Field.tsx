// A line of a form: what is asked for above its input, a hint below it.
import type { ComponentProps, ReactNode } from 'react';

interface FieldProps extends Omit<ComponentProps<'input'>, 'value' | 'onChange'> {
  label: ReactNode;
  hint?: ReactNode;
  value: string | undefined;
  onText: (text: string) => void;
}

export function Field({ label, hint, onText, className = 'in', ...input }: FieldProps) {
  return (
    <label className="field">
      <span>{label}</span>
      <input {...input} className={className} onChange={(event) => onText(event.target.value)} />
      {hint && <small>{hint}</small>}
    </label>
  );
}

/** What the name of a user has to be. */
export const USER_NAME = {
  required: true,
  maxLength: 64,
  pattern: String.raw`[A-Za-z0-9_][A-Za-z0-9_.\-]*`,
  title: 'letters, digits, “_”, “.” and “-”',
};

const LEAST_PASSWORD = 10;
/** A password to be. */
export const NEW_PASSWORD = {
  type: 'password',
  autoComplete: 'new-password',
  required: true,
  minLength: LEAST_PASSWORD,
  hint: `At least ${LEAST_PASSWORD} characters`,
};
