import type { AuditEntry } from '@dopq/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.ts';
import { Empty, Failure, Loading } from '../../parts/page.tsx';
import { State } from '../../parts/State.tsx';
import { type Column, saveCsv, Table } from '../../parts/Table.tsx';
import type { Shown } from '../../words/states.ts';
import { at, clock } from '../../words/time.ts';

const RESULTS: Record<AuditEntry['result'], Shown> = {
  done: { icon: 'check', tone: 'ok', word: 'done' },
  refused: { icon: 'drain', tone: 'look', word: 'refused' },
  failed: { icon: 'fail', tone: 'fail', word: 'failed' },
};
const LIMIT = 200;

/** Who did what, which, when, from where. Only ever added to. */
export function Audit() {
  const [who, setWho] = useState('');
  const [what, setWhat] = useState('');
  const [result, setResult] = useState<AuditEntry['result'] | ''>('');
  const [before, setBefore] = useState<number>();
  const question = { ...(who && { who }), ...(what && { what }), ...(result && { result }) };
  const { data, error } = useQuery({
    queryKey: ['audit', question, before],
    queryFn: () => api.audit.list({ ...question, ...(before && { before_seq: before }), limit: LIMIT }),
    placeholderData: keepPreviousData,
  });
  const ask = (change: () => void): void => {
    setBefore(undefined);
    change();
  };
  return (
    <section className="panel" aria-label="Audit">
      <form className="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <input
          className="in"
          type="search"
          aria-label="Who"
          placeholder="Who"
          value={who}
          onChange={(event) => ask(() => setWho(event.target.value))}
        />
        <input
          className="in"
          type="search"
          aria-label="What"
          placeholder="What, such as jobs"
          value={what}
          onChange={(event) => ask(() => setWhat(event.target.value))}
        />
        <select
          className="in"
          aria-label="Result"
          value={result}
          onChange={(event) => ask(() => setResult(event.target.value as AuditEntry['result'] | ''))}
        >
          <option value="">All results</option>
          {Object.keys(RESULTS).map((value) => (
            <option key={value}>{value}</option>
          ))}
        </select>
        <button
          type="button"
          className="btn"
          disabled={!data}
          onClick={() => data && saveCsv('dopq-audit.csv', COLUMNS, data)}
        >
          CSV
        </button>
      </form>
      {!data ? error ? <Failure error={error} /> : <Loading /> : null}
      {data?.length === 0 && <Empty what="Nothing like that was done." />}
      {data && data.length > 0 && (
        <div className="scroll-x">
          <Table caption="Audit, newest first" columns={COLUMNS} rows={data} keyOf={({ seq }) => seq} />
        </div>
      )}
      <div className="pager">
        <button type="button" className="btn" disabled={before === undefined} onClick={() => setBefore(undefined)}>
          Newest
        </button>
        <button
          type="button"
          className="btn"
          disabled={(data?.length ?? 0) < LIMIT}
          onClick={() => setBefore(data?.at(-1)?.seq)}
        >
          Older
        </button>
      </div>
    </section>
  );
}

const COLUMNS: Column<AuditEntry>[] = [
  {
    name: 'When',
    width: 12,
    phone: '1r',
    show: ({ at: when }) => <span title={when}>{clock(at(when), Date.now(), { seconds: true })}</span>,
    value: ({ at: when }) => when,
  },
  { name: 'Who', width: 14, phone: '2', show: ({ who }) => <b>{who}</b>, value: ({ who }) => who },
  { name: 'Role', width: 9, show: ({ role }) => role, value: ({ role }) => role },
  { name: 'What', width: 15, phone: '1', show: ({ what }) => what, value: ({ what }) => what },
  { name: 'Which', width: 10, show: ({ which }) => which, value: ({ which }) => which },
  {
    name: 'Result',
    width: 10,
    phone: '2r',
    show: ({ result, code }) => <State {...RESULTS[result]} {...(code && { title: code })} />,
    value: ({ result, code }) => code ?? result,
  },
  { name: 'From', width: 12, show: ({ from, how }) => <span title={how}>{from}</span>, value: ({ from }) => from },
  {
    name: 'Details',
    width: 18,
    show: ({ details }) => (
      <code className="m3" title={details ?? undefined}>
        {details}
      </code>
    ),
    value: ({ details }) => details,
  },
];
