// Own jobs are reordered by dragging their grip. Keys and buttons do the same, so nobody needs to drag.
import type { Job } from '@dopq/contract';
import { useCallback, useEffect, useRef, useState } from 'react';

export interface Drop {
  /** The job under way. */
  id: number;
  /** Where it would go if it were let go now; undefined = where it was. */
  to: { side: 'before' | 'after'; anchor: number } | undefined;
}

/** So near to the edge of the list it scrolls by itself. */
const EDGE_PX = 48;
const SCROLL_PX = 12;

interface Hold {
  job: Job;
  own: readonly number[];
  body: Element;
  scroller: Element | null;
}

/**
 * @param onDrop a job was let go at another place among those of its user
 * @returns what is under way, and what a grip calls when it is taken
 */
export function useDrag(
  jobs: readonly Job[],
  onDrop: (job: Job, side: 'before' | 'after', anchor: number) => void,
): [drop: Drop | undefined, take: (event: React.PointerEvent, job: Job) => void] {
  const [drop, setDrop] = useState<Drop>();
  const latest = useRef({ jobs, onDrop });
  latest.current = { jobs, onDrop };
  const end = useRef<() => void>(undefined);
  useEffect(() => () => end.current?.(), []);

  const take = useCallback((event: React.PointerEvent, job: Job): void => {
    const body = event.currentTarget.closest('tbody');
    if (event.button !== 0 || !body) return;
    event.preventDefault();
    const own = latest.current.jobs.filter(({ user, state }) => user === job.user && state === 'queued');
    const hold: Hold = { job, own: own.map(({ id }) => id), body, scroller: body.closest('.scroller') };
    let to: Drop['to'];
    const move = ({ clientY }: PointerEvent): void => {
      scrollNear(hold.scroller, clientY);
      to = placeAt(hold, clientY);
      setDrop((old) =>
        old?.to?.anchor === to?.anchor && old?.to?.side === to?.side && old ? old : { id: job.id, to },
      );
    };
    const stop = new AbortController();
    const letGo = (isDone: boolean): void => {
      stop.abort();
      setDrop(undefined);
      if (isDone && to) latest.current.onDrop(job, to.side, to.anchor);
    };
    end.current = () => letGo(false);
    const { signal } = stop;
    globalThis.addEventListener('pointermove', move, { signal });
    globalThis.addEventListener('pointerup', () => letGo(true), { signal });
    globalThis.addEventListener('pointercancel', () => letGo(false), { signal });
    globalThis.addEventListener(
      'keydown',
      (key) => {
        if (key.key !== 'Escape') return;
        key.stopPropagation();
        letGo(false);
      },
      { signal, capture: true },
    );
    setDrop({ id: job.id, to: undefined });
  }, []);
  return [drop, take];
}

/** Between which own jobs a height on the screen is: rows of others lie between them and do not count. */
function placeAt({ job, own, body }: Hold, y: number): Drop['to'] {
  const rows = [...body.querySelectorAll<HTMLElement>('tr[data-job]')]
    .map((row) => ({ id: Number(row.dataset['job']), box: row.getBoundingClientRect() }))
    .filter(({ id }) => id !== job.id && own.includes(id));
  const above = rows.findLast(({ box }) => (box.top + box.bottom) / 2 < y);
  const [first] = rows;
  const at = own.indexOf(job.id);
  if (above) return own[at - 1] === above.id ? undefined : { side: 'after', anchor: above.id };
  return !first || own[at + 1] === first.id ? undefined : { side: 'before', anchor: first.id };
}

function scrollNear(scroller: Element | null, y: number): void {
  if (!scroller) return;
  const { top, bottom } = scroller.getBoundingClientRect();
  if (y < top + EDGE_PX) scroller.scrollTop -= SCROLL_PX;
  else if (y > bottom - EDGE_PX) scroller.scrollTop += SCROLL_PX;
}
