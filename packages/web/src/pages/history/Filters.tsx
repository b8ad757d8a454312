import { OUTCOMES } from '@dopq/contract';
import { useEffect, useState } from 'react';
import type { HistorySearch } from './question.ts';

const REST_MS = 300;

interface Props {
  search: HistorySearch;
  users: string[];
  onAsk: (change: Partial<HistorySearch>) => void;
}

export function Filters({ search, users, onAsk }: Props) {
  const [text, setText] = useState(search.text ?? '');
  useEffect(() => {
    if (text === (search.text ?? '')) return undefined;
    const timer = setTimeout(() => onAsk({ text }), REST_MS);
    return () => clearTimeout(timer);
    // Only what is typed starts a new question.
  }, [text]);
  return (
    <form className="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <input
        className="in"
        type="search"
        aria-label="Name, file, reason or number"
        placeholder="Name, file, reason or #number"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <select
        className="in"
        aria-label="User"
        value={search.user ?? ''}
        onChange={(event) => onAsk({ user: event.target.value })}
      >
        <option value="">All users</option>
        {users.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <select
        className="in"
        aria-label="Outcome"
        value={search.outcome ?? ''}
        onChange={(event) => onAsk({ outcome: event.target.value as NonNullable<HistorySearch['outcome']> })}
      >
        <option value="">All outcomes</option>
        {OUTCOMES.map((outcome) => (
          <option key={outcome} value={outcome}>
            {outcome.replaceAll('_', ' ')}
          </option>
        ))}
      </select>
      <label className="tick">
        from
        <input
          className="in"
          type="date"
          value={search.from ?? ''}
          onChange={(event) => onAsk({ from: event.target.value })}
        />
      </label>
      <label className="tick">
        to
        <input
          className="in"
          type="date"
          value={search.to ?? ''}
          onChange={(event) => onAsk({ to: event.target.value })}
        />
      </label>
    </form>
  );
}
