// Rows of two lines; only those in sight are in the page, so that ten thousand of them cost what twenty cost.
import type { Job } from '@dopq/contract';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef } from 'react';
import { mayActOn, useMe } from '../../api/me.ts';
import { RangeBar } from '../../parts/figures.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { StartRange, UserCell, whyOf } from '../../parts/job-cells.tsx';
import { Reason } from '../../parts/State.tsx';
import { useNow, useWords } from '../../parts/use-now.ts';
import { penalty as penaltyWords } from '../../words/amounts.ts';
import { needs } from '../../words/gpu.ts';
import { at, duration } from '../../words/time.ts';
import { axisTicks, axisEnd } from './axis.ts';
import { useDrag } from './use-drag.ts';

interface Props {
  jobs: Job[];
  penalties: Map<string, number>;
  policy: string;
  openId: number | undefined;
  picked: ReadonlySet<number>;
  onOpen: (id: number) => void;
  onPick: (change: (picked: ReadonlySet<number>) => ReadonlySet<number>) => void;
  /** A job was dragged to another place among those of its user. */
  onPlace: (job: Job, side: 'before' | 'after', anchor: number) => void;
  /** How many there are in all; those that are not here yet come as somebody scrolls. */
  total: number;
  onEnd: () => void;
}

const ROW_REM = 2.75;
/** Width of the column with the time axis: where there is room, the axis has it. */
const STARTS = 'clamp(8.5rem, 100vw - 84rem, 24rem)';
/** The axis moves on so often; minutes are as fine as it shows. */
const AXIS_STEP_MS = 15_000;
/** So many rows before the end of what is here, more is asked for. */
const NEAR_END = 60;

export function QueueTable({ jobs, penalties, policy, openId, picked, onOpen, onPick, onPlace, total, onEnd }: Props) {
  const [drop, onTake] = useDrag(jobs, onPlace);
  const now = useNow(AXIS_STEP_MS);
  const scroller = useRef<HTMLDivElement>(null);
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const rows = useVirtualizer({
    count: jobs.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_REM * rem,
    overscan: 12,
  });
  const items = rows.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = rows.getTotalSize() - (items.at(-1)?.end ?? 0);
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last > jobs.length - NEAR_END) onEnd();
    // Asked at each drawing: a page that was on its way a moment ago may be there.
  });
  const end = axisEnd(jobs, now);
  const allPicked = jobs.length > 0 && jobs.every(({ id }) => picked.has(id));
  return (
    <div className="scroller" ref={scroller} tabIndex={0}>
      <table className="queue" aria-rowcount={total + 1}>
        <caption className="vh">Enqueued jobs in scheduling order</caption>
        <colgroup>
          {['2.25rem', '3.25rem', 'auto', '6rem', '6.5rem', '4.75rem', STARTS, '4.25rem'].map((width, index) => (
            <col key={index} style={{ width }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            <th>
              <input
                type="checkbox"
                aria-label="Select all"
                checked={allPicked}
                onChange={() => onPick(() => (allPicked ? new Set() : new Set(jobs.map(({ id }) => id))))}
              />
            </th>
            <th className="r">Place</th>
            <th>Job, and why it waits</th>
            <th>User</th>
            <th>Needs</th>
            <th className="r">Waits</th>
            <th>
              Starts, P50–P90
              <span className="hours" aria-hidden="true">
                {axisTicks(now, end).map(({ part, word }) => (
                  <i key={word} style={{ left: `${part * 100}%` }}>
                    {word}
                  </i>
                ))}
              </span>
            </th>
            <th className="r">Penalty</th>
          </tr>
        </thead>
        <tbody>
          {before > 0 && <tr className="space" style={{ height: before }} aria-hidden="true" />}
          {items.map(({ index }) => {
            const job = jobs[index];
            return (
              job && (
                <Row
                  key={job.id}
                  job={job}
                  index={index}
                  now={now}
                  end={end}
                  penalty={penaltyWords(penalties.get(job.user) ?? 0, policy)}
                  isOpen={job.id === openId}
                  isPicked={picked.has(job.id)}
                  onOpen={onOpen}
                  onPick={onPick}
                  onTake={onTake}
                  drop={drop?.to?.anchor === job.id ? drop.to.side : drop?.id === job.id ? 'dragged' : undefined}
                />
              )
            );
          })}
          {after > 0 && <tr className="space" style={{ height: after }} aria-hidden="true" />}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  job: Job;
  index: number;
  now: number;
  end: number;
  penalty: string;
  isOpen: boolean;
  isPicked: boolean;
  onOpen: (id: number) => void;
  onPick: Props['onPick'];
  onTake: (event: React.PointerEvent, job: Job) => void;
  /** It is dragged, or something would be dropped beside it. */
  drop: 'before' | 'after' | 'dragged' | undefined;
}

const Row = memo(function Row(props: RowProps) {
  const { job, index, now, end, penalty, isOpen, isPicked, onOpen, onPick, onTake, drop } = props;
  const me = useMe();
  const waits = useWords((present) => duration(present - at(job.queued_at ?? job.created_at)));
  const mayAct = mayActOn(me, job.user);
  const p50 = job.predicted_start_at === null ? null : Math.max(now, at(job.predicted_start_at));
  const p90 = job.predicted_start_p90_at === null ? null : Math.max(now, at(job.predicted_start_p90_at));
  return (
    <tr
      className={['link', isOpen ? 'open' : '', drop ? `drop-${drop}` : ''].join(' ')}
      data-job={job.id}
      aria-rowindex={index + 2}
      {...(isOpen && { 'aria-current': true })}
    >
      <td>
        <input
          className="over"
          type="checkbox"
          aria-label={`Select #${job.id} ${job.name}`}
          checked={isPicked}
          disabled={!mayAct}
          onChange={() => onPick((picked) => toggled(picked, job.id))}
        />
      </td>
      <td className="r place">
        {mayAct && job.state === 'queued' && (
          <span
            className={`grip over${job.user === me.name ? ' own' : ''}`}
            title="Drag to reorder"
            onPointerDown={(event) => onTake(event, job)}
          >
            <Icon name="grip" />
          </span>
        )}
        {job.position ?? '–'}
      </td>
      <td>
        <span className="t1 cut">
          <span className="m3">#{job.id}</span>{' '}
          <button type="button" className="job to bare-link" onClick={() => onOpen(job.id)} title={job.name}>
            {job.name}
          </button>
        </span>
        <span className="t2">
          {job.state === 'queued' ? (
            <span title={job.reason ?? undefined}>{capital(job.reason ?? 'is next')}</span>
          ) : (
            <Reason {...whyOf(job)} text={capital(whyOf(job).text)} />
          )}
        </span>
      </td>
      <td className="q-user">
        <UserCell name={job.user} />
      </td>
      <td className="q-needs">{needs(job)}</td>
      <td className="r q-waits">{waits}</td>
      <td className="q-eta">
        <span className="eta">
          <StartRange job={job} />
          {p50 !== null && p90 !== null && <RangeBar from={now} to={end} p50={p50} p90={p90} />}
        </span>
      </td>
      <td className="r q-penalty">{penalty}</td>
    </tr>
  );
});

export function toggled(set: ReadonlySet<number>, id: number): ReadonlySet<number> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
