// Keys that work on every page, the list of all of them, and the finder.
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Dialog } from '../parts/Dialog.tsx';
import { useKeys } from '../parts/use-keys.ts';
import { Finder } from './Finder.tsx';
import { PAGES } from './pages.ts';
import { toggleTv } from './theme.ts';

const OPEN = 'dopq:find';

export function openFinder(): void {
  document.dispatchEvent(new Event(OPEN));
}

/** Shown by `?`. */
const HELP: [where: string, keys: [key: string, does: string][]][] = [
  [
    'Everywhere',
    [
      ['Ctrl K', 'find a job, a user or a page'],
      ['1 – 6', 'open a page of the bar'],
      ['s', 'submit a job'],
      ['t', 'screen on the wall'],
      ['?', 'this list'],
    ],
  ],
  [
    'Queue',
    [
      ['j  k', 'next, previous job'],
      ['⇧ J  ⇧ K', 'move an own job later, earlier'],
      ['x', 'select'],
      ['h  r  c', 'hold, release, cancel'],
      ['Esc', 'close the panel'],
    ],
  ],
  [
    'Job',
    [
      ['/', 'find in the log; Enter and ⇧ Enter walk'],
      ['f', 'follow the end'],
      ['g  G', 'first line, last line'],
      ['c', 'cancel'],
    ],
  ],
];

export function Keys() {
  const [open, setOpen] = useState<'find' | 'help'>();
  const navigate = useNavigate();
  const close = (): void => setOpen(undefined);
  useEffect(() => {
    const find = (): void => setOpen('find');
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      find();
    };
    document.addEventListener(OPEN, find);
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener(OPEN, find);
      document.removeEventListener('keydown', onKey);
    };
  }, []);
  useKeys({
    '?': () => setOpen('help'),
    s: () => void navigate({ to: '/submit' }),
    t: toggleTv,
    ...Object.fromEntries(PAGES.map(([to], index) => [String(index + 1), () => void navigate({ to })])),
  });
  if (open === 'find') return <Finder onClose={close} />;
  if (open !== 'help') return null;
  return (
    <Dialog title="Keys" onClose={close}>
      {HELP.map(([where, keys]) => (
        <section key={where} className="help">
          <h3>{where}</h3>
          <dl>
            {keys.map(([key, does]) => (
              <div key={key}>
                <dt>
                  <kbd className="kbd">{key}</kbd>
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  );
}
