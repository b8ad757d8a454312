import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useRef, useState } from 'react';
import { api } from '../api/client.ts';
import { isOperator, useMe } from '../api/me.ts';
import { useUsers } from '../api/queries.ts';
import { Icon } from '../parts/Icon.tsx';
import { State } from '../parts/State.tsx';
import { showState } from '../words/states.ts';
import { PAGES } from './pages.ts';

interface Hit {
  key: string;
  words: React.ReactNode;
  note: React.ReactNode;
  go: () => unknown;
}

const REST_MS = 120;

/** One field for everything: jobs by number, name, file or reason, users, pages. */
export function Finder({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const hits = useHits(text);
  useEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const go = (hit: Hit | undefined): void => {
    if (!hit) return;
    onClose();
    hit.go();
  };
  return (
    <dialog
      ref={ref}
      className="finder"
      aria-label="Search and commands"
      onCancel={onClose}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <div className="finder-in">
        <Icon name="find" />
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={hits[at] && `${id}-${at}`}
          aria-label="Search jobs, users and pages"
          placeholder="Job, user or page"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') setAt(Math.min(hits.length - 1, at + 1));
            else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1));
            else if (event.key === 'Enter') go(hits[at]);
            else return;
            event.preventDefault();
          }}
        />
      </div>
      <ul role="listbox" id={id} aria-label="Found">
        {hits.map((hit, index) => (
          <li
            key={hit.key}
            role="option"
            id={`${id}-${index}`}
            aria-selected={index === at}
            onMouseMove={() => setAt(index)}
            onClick={() => go(hit)}
          >
            <span className="cut">{hit.words}</span>
            <span className="m3 small nw">{hit.note}</span>
          </li>
        ))}
        {hits.length === 0 && <li className="m3">Nothing is called that.</li>}
      </ul>
    </dialog>
  );
}

function useHits(text: string): Hit[] {
  const navigate = useNavigate();
  const me = useMe();
  const { data: users = [] } = useUsers();
  const [asked, setAsked] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text.trim()), REST_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const { data: page } = useQuery({
    queryKey: ['find', asked],
    queryFn: () => api.jobs.page({ scope: 'all', text: asked, limit: 8 }),
    enabled: asked !== '',
    refetchInterval: false,
  });
  const wanted = text.trim().toLowerCase();
  const pages: (readonly [string, string])[] = [
    ...PAGES,
    ['/submit', 'Submit a job'],
    ['/profile', 'Profile'],
    ...(isOperator(me) ? [['/admin', 'Administration'] as [string, string]] : []),
  ];
  return [
    ...(wanted === '' ? [] : (page?.jobs ?? [])).map(
      (job): Hit => ({
        key: `job ${job.id}`,
        words: (
          <>
            <span className="m3">#{job.id}</span> <b>{job.name}</b> <span className="m2">{job.user}</span>
          </>
        ),
        note: <State {...showState(job)} />,
        go: () => navigate({ to: '/jobs/$id', params: { id: String(job.id) } }),
      }),
    ),
    ...(wanted === '' ? [] : users)
      .filter(({ name }) => name.toLowerCase().includes(wanted))
      .slice(0, 5)
      .map(
        (user): Hit => ({
          key: `user ${user.name}`,
          words: user.name,
          note: 'user',
          go: () => navigate({ to: '/users', search: { name: user.name } }),
        }),
      ),
    ...pages
      .filter(([, name]) => name.toLowerCase().includes(wanted))
      .map(([to, name]): Hit => ({ key: to, words: name, note: 'page', go: () => navigate({ to }) })),
  ];
}
