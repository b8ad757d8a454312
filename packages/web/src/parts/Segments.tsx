/** A few choices in one row, one of them taken. @param name what is chosen, where no words beside it say so */
export function Segments<Value extends string | number>({
  name,
  options,
  value,
  onChange,
}: {
  name?: string;
  options: readonly (readonly [value: Value, words: React.ReactNode, ...rest: unknown[]])[];
  value: string | number;
  onChange: (value: Value) => void;
}) {
  return (
    <div className="seg" {...(name !== undefined && { role: 'group', 'aria-label': name })}>
      {options.map(([one, words]) => (
        <button key={one} type="button" aria-pressed={value === one} onClick={() => onChange(one)}>
          {words}
        </button>
      ))}
    </div>
  );
}
