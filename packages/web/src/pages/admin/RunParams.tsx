import { RUN_PARAMS, type RunParam, type Verdict } from '@dopq/contract';
import { useState } from 'react';
import { State } from '../../parts/State.tsx';
import { Table } from '../../parts/Table.tsx';
import type { Shown } from '../../words/states.ts';

const VERDICTS: Record<Verdict, Shown> = {
  user: { icon: 'check', tone: 'ok', word: 'users may' },
  owned: { icon: 'lock', tone: 'rest', word: 'DoPQ decides' },
  refused: { icon: 'fail', tone: 'fail', word: 'refused' },
  ignored: { icon: 'cancel', tone: 'rest', word: 'has no meaning' },
  obsolete: { icon: 'time', tone: 'rest', word: 'gone' },
};

/** What a submission may say of its container, and what becomes of it. */
export function RunParams() {
  const [text, setText] = useState('');
  const rows = (RUN_PARAMS as readonly RunParam[]).filter(({ key, rule }) =>
    `${key} ${rule}`.toLowerCase().includes(text.toLowerCase()),
  );
  return (
    <section className="panel" aria-label="run_params">
      <div className="filters">
        <input
          className="in"
          type="search"
          aria-label="Find a key"
          placeholder="Find a key"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <div className="scroll-x">
        <Table
          caption="run_params and what becomes of each"
          rows={rows}
          keyOf={({ key }) => key}
          columns={[
            { name: 'Key', width: 17, phone: '1', show: ({ key }) => <code>{key}</code> },
            { name: 'Verdict', width: 13, phone: '1r', show: ({ verdict }) => <State {...VERDICTS[verdict]} /> },
            { name: 'Within', width: 40, phone: '2', show: ({ rule }) => <span className="whole">{rule}</span> },
            {
              name: 'Instead, or an example',
              width: 30,
              show: ({ fix }) => <span className="m2 whole">{fix}</span>,
            },
          ]}
        />
      </div>
    </section>
  );
}
