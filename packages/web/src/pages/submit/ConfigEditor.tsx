import { FIELDS, readObject, shownValue, withField } from './form-fields.ts';
import { Field } from '../../parts/Field.tsx';

/** Form and JSON side by side: each shows what the other says. */
export function ConfigEditor({
  config,
  onConfig,
  note,
}: {
  config: string;
  onConfig: (config: string) => void;
  note: string;
}) {
  const object = readObject(config);
  return (
    <section className="panel card config" aria-label="What the job needs">
      <h2>
        What the job needs <span>{note}</span>
      </h2>
      <div className="both">
        <fieldset disabled={!object} aria-label="As a form">
          <div className="grid-form">
            {FIELDS.map((field) =>
              field.kind === 'flag' ? (
                <label key={field.key} className="tick">
                  <input
                    type="checkbox"
                    checked={object?.[field.key] === true}
                    onChange={(event) => onConfig(withField(config, field, String(event.target.checked)))}
                  />
                  <span>
                    {field.label} <small className="m3">{field.hint}</small>
                  </span>
                </label>
              ) : (
                <Field
                  key={field.key}
                  label={field.label}
                  hint={field.hint}
                  inputMode={field.kind === 'number' ? 'decimal' : 'text'}
                  value={shownValue(field, object?.[field.key])}
                  onText={(text) => onConfig(withField(config, field, text))}
                />
              ),
            )}
          </div>
          {!object && <p className="m2 small">The text beside is no JSON object; mend it there.</p>}
        </fieldset>
        <label className="field">
          <span>container_config.json</span>
          <textarea
            className="in"
            rows={14}
            spellCheck={false}
            value={config}
            onChange={(event) => onConfig(event.target.value)}
          />
        </label>
      </div>
    </section>
  );
}
