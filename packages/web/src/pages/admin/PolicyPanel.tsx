import { parseDuration, type Policy } from '@dopq/contract';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAction } from '../../api/act.ts';
import { api } from '../../api/client.ts';
import { FormDialog } from '../../parts/FormDialog.tsx';
import { Failure, Loading } from '../../parts/page.tsx';
import { State } from '../../parts/State.tsx';
import { Table } from '../../parts/Table.tsx';
import { duration } from '../../words/time.ts';

type Settings = Policy['settings'];
type Key = keyof Settings;

const CHOICES: Partial<Record<Key, readonly string[]>> = {
  policy: ['fair-share', 'recency', 'fifo'],
  backfill: ['conservative', 'easy', 'none'],
};

/** What decides who goes first; changes take effect at once and stay over restarts. */
export function PolicyPanel() {
  const { data: policy, error } = useQuery({ queryKey: ['policy'], queryFn: () => api.queue.policy() });
  const [run, isBusy] = useAction();
  const [changing, setChanging] = useState<Key>();
  if (!policy) return error ? <Failure error={error} /> : <Loading />;
  const keys = Object.keys(policy.settings) as Key[];
  const reset = (key: Key): void =>
    void run(async () => {
      await api.queue.changePolicy({ reset: [key] });
      return `${configName(key)} is as in config.ini again.`;
    });
  return (
    <section className="panel" aria-label="Policy">
      <div className="bar">
        <h2>Policy</h2>
        <span className="m3 small">takes effect at once and stays over restarts</span>
      </div>
      <Table
        caption="Policy"
        rows={keys}
        keyOf={(key) => key}
        columns={[
          { name: 'Setting', width: 30, phone: '1', show: configName },
          { name: 'In force', width: 26, phone: '1r', show: (key) => <b>{words(key, policy.settings[key])}</b> },
          {
            name: 'config.ini',
            width: 20,
            show: (key) => <span className="m2">{words(key, policy.configured[key])}</span>,
          },
          {
            name: 'Changed',
            width: 10,
            phone: '2',
            show: (key) => policy.changed.includes(key) && <State icon="warn" tone="look" word="yes" chip />,
          },
          {
            name: 'Do',
            width: 14,
            right: true,
            phone: '2r',
            show: (key) => (
              <>
                {policy.changed.includes(key) && (
                  <button
                    type="button"
                    className="btn bare"
                    disabled={isBusy}
                    aria-label={`Reset ${configName(key)}`}
                    onClick={() => reset(key)}
                  >
                    Reset
                  </button>
                )}
                <button
                  type="button"
                  className="btn bare"
                  aria-label={`Change ${configName(key)}`}
                  onClick={() => setChanging(key)}
                >
                  Change…
                </button>
              </>
            ),
          },
        ]}
      />
      {changing && (
        <ChangeDialog name={changing} value={policy.settings[changing]} onClose={() => setChanging(undefined)} />
      )}
    </section>
  );
}

/** Where a setting's name in config.ini is another one than here. */
const CONFIG_NAMES: Partial<Record<Key, string>> = {
  half_life_seconds: 'half.life',
  default_time_limit_seconds: 'time.limit.default',
  max_time_limit_seconds: 'time.limit.max',
};
const configName = (key: Key): string => CONFIG_NAMES[key] ?? key.replaceAll('_', '.');

const DAY_S = 86_400;
const SPANS = [
  ['d', DAY_S],
  ['h', 3600],
  ['m', 60],
] as const;

/** A value as it is typed; `read` undoes it. */
function typed(key: Key, value: Settings[Key]): string {
  if (value === null) return '';
  if (typeof value === 'object') return JSON.stringify(value);
  if (key === 'half_life_seconds') return String(Number(value) / DAY_S);
  if (!key.endsWith('_seconds')) return String(value);
  const [unit, seconds] = SPANS.find(([, length]) => Number(value) % length === 0) ?? ['s', 1];
  return `${Number(value) / seconds}${unit}`;
}

function words(key: Key, value: Settings[Key]): string {
  if (value === null) return 'none';
  if (typeof value === 'object')
    return (
      Object.entries(value)
        .map(([model, weight]) => `${model} ${weight}`)
        .join(', ') || 'every GPU counts 1'
    );
  return key.endsWith('_seconds') ? duration(Number(value) * 1000) : String(value);
}

function ChangeDialog({ name, value, onClose }: { name: Key; value: Settings[Key]; onClose: () => void }) {
  const [text, setText] = useState(typed(name, value));
  const choices = CHOICES[name];
  const change = async (): Promise<string> => {
    await api.queue.changePolicy({ set: { [name]: read(name, text) } });
    return `${configName(name)} is changed.`;
  };
  return (
    <FormDialog title={`Change ${configName(name)}`} act="Change" onDo={change} onClose={onClose}>
      <label className="field">
        <span>{hint(name)}</span>
        {choices ? (
          <select className="in" value={text} onChange={(event) => setText(event.target.value)}>
            {choices.map((choice) => (
              <option key={choice}>{choice}</option>
            ))}
          </select>
        ) : (
          <input className="in" value={text} onChange={(event) => setText(event.target.value)} />
        )}
      </label>
    </FormDialog>
  );
}

function hint(name: Key): string {
  if (name === 'half_life_seconds') return 'Days';
  if (name.endsWith('_seconds')) return 'Like 90m, 12h, 7d; empty = none';
  if (name === 'gpu_weights') return 'JSON: {"A100": 2} counts an A100 as two GPUs';
  return name in CHOICES ? 'One of these' : 'A number; empty = none';
}

function read(name: Key, text: string): unknown {
  if (name in CHOICES) return text;
  if (name === 'gpu_weights') return JSON.parse(text || '{}');
  if (text.trim() === '') return null;
  if (name === 'half_life_seconds') return Number(text) * DAY_S;
  if (!name.endsWith('_seconds')) return Number(text);
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error(`"${text}" is no length of time; they look like 90m, 12h, 7d.`);
  return ms / 1000;
}
