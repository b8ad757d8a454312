// The form and the JSON are two views of one text. What the form does not know stays as it is.

export interface FormField {
  key: string;
  label: string;
  hint: string;
  kind: 'text' | 'number' | 'flag' | 'list';
}

export const FIELDS: FormField[] = [
  { key: 'name', label: 'Name', hint: 'shown wherever the job is', kind: 'text' },
  { key: 'num_gpus', label: 'GPUs', hint: '0 = none', kind: 'number' },
  { key: 'gpu_model', label: 'GPU model', hint: 'such as A100; empty = any', kind: 'list' },
  { key: 'min_gpu_memory', label: 'Memory of each GPU', hint: 'at least, such as 24g', kind: 'text' },
  { key: 'required_memory', label: 'Main memory', hint: 'such as 32g', kind: 'text' },
  { key: 'cpus', label: 'CPUs', hint: 'empty = no limit of its own', kind: 'number' },
  { key: 'time_limit', label: 'Time limit', hint: 'such as 8h; with one it can be fitted in earlier', kind: 'text' },
  { key: 'hold', label: 'Hold it', hint: 'build, then wait until it is released', kind: 'flag' },
];

/** The object in a text; undefined if it is none. */
export function readObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

export function shownValue({ kind }: FormField, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (kind === 'list' && Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The text with one field set; an empty value takes the field out. A text that is no JSON object stays as it is. */
export function withField(text: string, { key, kind }: FormField, value: string): string {
  const object = readObject(text);
  if (!object) return text;
  const trimmed = value.trim();
  if (trimmed === '' || (kind === 'flag' && value === 'false')) delete object[key];
  else object[key] = typed(kind, value, trimmed);
  return `${JSON.stringify(object, null, 2)}\n`;
}

function typed(kind: FormField['kind'], value: string, trimmed: string): unknown {
  if (kind === 'flag') return true;
  if (kind === 'number') return Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
  if (kind !== 'list') return value;
  const parts = trimmed
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  return parts.length > 1 ? parts : parts[0];
}
