// The queue in scheduling order, with why each job waits, and what its people may do about it.
import type { JobState } from '@dopq/contract';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useMe } from '../../api/me.ts';
import { useQueue, useStatus, useUsers, WAITING } from '../../api/queries.ts';
import { Icon } from '../../parts/Icon.tsx';
import { Empty, Failure, Loading, PageHead } from '../../parts/page.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { useKeys } from '../../parts/use-keys.ts';
import { count, plural } from '../../words/amounts.ts';
import type { IconName } from '../../words/states.ts';
import { QueueActs } from './QueueActs.tsx';
import { QueueTable, toggled } from './QueueTable.tsx';
import { useMove } from './use-move.ts';
import { WhyPanel } from './WhyPanel.tsx';

type Show = 'all' | 'mine' | 'held' | 'building';

const HELD: JobState[] = ['held'];
const BUILDING: JobState[] = ['receiving', 'checking', 'building'];

export function Queue() {
  const search = useSearch({ from: '/queue' });
  const navigate = useNavigate({ from: '/queue' });
  const me = useMe();
  const users = useUsers();
  const { data: status } = useStatus();
  const show = (search.show ?? 'all') as Show;
  const queue = useQueue({
    states: show === 'held' ? HELD : show === 'building' ? BUILDING : WAITING,
    ...(show === 'mine' && me.name !== null && { user: me.name }),
  });
  const shown = useMemo(() => queue.data?.pages.flatMap(({ jobs }) => jobs) ?? [], [queue.data]);
  const total = queue.data?.pages.at(-1)?.total ?? 0;
  const penalties = useMemo(() => new Map((users.data ?? []).map((user) => [user.name, user.penalty])), [users.data]);
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const open = shown.find(({ id }) => id === search.job);
  // The same function at each drawing: rows are drawn anew only for a reason of their own.
  const select = useCallback(
    (id: number | undefined): void =>
      void navigate({
        search: (old) => ({ ...(old.show && { show: old.show }), ...(id && { job: id }) }),
        replace: true,
      }),
    [navigate],
  );
  const step = (by: number): void => {
    const at = shown.findIndex(({ id }) => id === search.job);
    const next = shown[Math.min(shown.length - 1, Math.max(0, at + by))];
    if (next) select(next.id);
  };
  const { step: move, place } = useMove(shown);
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    J: () => open && move(open, 'later'),
    K: () => open && move(open, 'earlier'),
    x: () => open && setPicked(toggled(picked, open.id)),
    Escape: () => select(undefined),
  });
  // What has left the queue cannot be acted on any more.
  useEffect(() => {
    setPicked((old) => {
      const still = new Set([...old].filter((id) => shown.some((job) => job.id === id)));
      return still.size === old.size ? old : still;
    });
  }, [shown]);

  if (!queue.data || !users.data) return queue.error ? <Failure error={queue.error} /> : <Loading />;
  return (
    <>
      <PageHead title="Queue" note={`${plural(total, 'job')} in scheduling order${orderWords(status?.queue.policy)}`}>
        <Shows
          counts={{ [show]: total, ...(status && { held: status.queue.held, building: status.provider.building }) }}
          show={show}
          me={me.name}
          onShow={(to) => void navigate({ search: to === 'all' ? {} : { show: to }, replace: true })}
        />
        <QueueActs jobs={shown} picked={picked} open={open} onDone={() => setPicked(new Set())} />
      </PageHead>
      <div className={`split${open ? ' with-why' : ''}`}>
        <section className="panel queue-panel" aria-label="Enqueued jobs">
          {shown.length > 0 ? (
            <QueueTable
              jobs={shown}
              penalties={penalties}
              policy={status?.queue.policy ?? ''}
              openId={search.job}
              picked={picked}
              onOpen={select}
              onPick={setPicked}
              onPlace={place}
              total={total}
              onEnd={() => void (queue.hasNextPage && !queue.isFetching && queue.fetchNextPage())}
            />
          ) : (
            <Nothing show={show} />
          )}
          <div className="foot">
            <kbd className="kbd">J</kbd>
            <kbd className="kbd">K</kbd> to walk, <kbd className="kbd">⇧ J</kbd>
            <kbd className="kbd">⇧ K</kbd> or drag <Icon name="grip" /> to reorder your own jobs; no one else’s place
            changes.
            <span>
              All keys <kbd className="kbd">?</kbd>
            </span>
          </div>
        </section>
        {open && <WhyPanel job={open} onClose={() => select(undefined)} onMove={move} />}
      </div>
    </>
  );
}

function orderWords(policy: string | undefined): string {
  if (policy === 'fair-share') return ', fair share: who used less goes first';
  if (policy === 'recency') return ', by recency: who ran least lately goes first';
  return policy ? `, ${policy}` : '';
}

interface ShowsProps {
  /** How many there are, where that is known. */
  counts: Partial<Record<Show, number>>;
  show: Show;
  me: string | null;
  onShow: (show: Show) => void;
}

function Shows({ counts, show, me, onShow }: ShowsProps) {
  const words = (value: Show, name: string, icon?: IconName): [Show, React.ReactNode] => [
    value,
    <>
      {icon && <Icon name={icon} />}
      {name} {counts[value] !== undefined && count(counts[value])}
    </>,
  ];
  const options = [
    words('all', 'All'),
    ...(me === null ? [] : [words('mine', 'Mine')]),
    words('held', 'Held', 'held'),
    words('building', 'Building', 'build'),
  ];
  return <Segments name="Which jobs" options={options} value={show} onChange={onShow} />;
}

function Nothing({ show }: { show: Show }) {
  if (show === 'held') return <Empty what="Nothing is held." next="A held job waits until somebody releases it." />;
  if (show === 'building') return <Empty what="Nothing is being checked or built." />;
  if (show === 'mine')
    return (
      <Empty
        what="None of your jobs wait."
        next="Drop a zip into your folder of the share, or:"
        command="dopq submit ."
      />
    );
  return (
    <Empty what="Nothing is enqueued." next="Drop a zip into your folder of the share, or:" command="dopq submit ." />
  );
}
