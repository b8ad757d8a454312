// The answers in the order a person asks: when, what blocks it, what would change that, why the other goes first.
import type { Alternative, Counterfactual, Explanation, Job } from '@dopq/contract';
import { Link } from '@tanstack/react-router';
import { mayActOn, useMe } from '../../api/me.ts';
import { useExplanation, useLedger, useStatus } from '../../api/queries.ts';
import { Shell } from '../../parts/Copy.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { Failure, Loading } from '../../parts/page.tsx';
import { startWords } from '../../parts/job-cells.tsx';
import { State } from '../../parts/State.tsx';
import { useNow } from '../../parts/use-now.ts';
import { count } from '../../words/amounts.ts';
import { shortModel } from '../../words/gpu.ts';
import { at, clock, duration, rangeEnd } from '../../words/time.ts';
import { axisTicks } from './axis.ts';
import { LedgerColumn } from './LedgerColumn.tsx';
import type { Direction } from './use-move.ts';

interface Props {
  job: Job;
  /** With it the panel stands beside the queue; without it, on the job's own page. */
  onClose?: () => void;
  onMove?: (job: Job, to: Direction) => void;
}

export function WhyPanel({ job, onClose, onMove }: Props) {
  const now = useNow();
  const explanation = useExplanation(job.id);
  const me = useMe();
  const waits = duration(now - at(job.queued_at ?? job.created_at));
  return (
    <aside className={onClose ? 'panel why' : 'panel why own'} aria-label={`Why #${job.id} waits`}>
      <div className="title">
        <h2 className="cut">
          {onClose ? (
            <Link to="/jobs/$id" params={{ id: String(job.id) }} title="Open the job’s page">
              #{job.id} {job.name}
            </Link>
          ) : (
            'Why it waits'
          )}
        </h2>
        <span className="m2 nw">
          {job.position !== null && `place ${job.position}, `}waits {waits}
        </span>
        {onClose && (
          <button type="button" className="btn icon" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        )}
      </div>
      {job.reason && (!onClose || job.state !== 'queued') && <p className="m2">{job.reason}</p>}
      <When job={job} />
      {explanation.data ? (
        <Answers found={explanation.data} />
      ) : explanation.error ? (
        <Failure error={explanation.error} />
      ) : (
        <Loading />
      )}
      {onMove && job.state === 'queued' && mayActOn(me, job.user) && (
        <div className="moves">
          <span className="m3 small">Among the jobs of {job.user}</span>
          {(['first', 'earlier', 'later'] as const).map((to) => (
            <button key={to} type="button" className="btn" onClick={() => onMove(job, to)}>
              {to.charAt(0).toUpperCase() + to.slice(1)}
            </button>
          ))}
        </div>
      )}
      {onClose && <Shell verb="The same in the shell" command={`dopq explain ${job.id}`} />}
    </aside>
  );
}

function When({ job }: { job: Job }) {
  const now = useNow();
  const { data: status } = useStatus();
  const { predicted_start_at: first, predicted_start_p90_at: last } = job;
  if (first === null || last === null) {
    return (
      <div className="pred">
        <div>
          <div className="k">Starts</div>
          <div className="v">{startWords(job)}</div>
        </div>
      </div>
    );
  }
  const p50 = Math.max(now, at(first));
  const p90 = Math.max(p50, at(last));
  const promises = status?.queue.promises;
  return (
    <div>
      <div className="pred">
        <div>
          <div className="k">Starts, P50</div>
          <div className="v">{p50 - now < 5000 ? 'now' : clock(p50, now)}</div>
        </div>
        <div>
          <div className="k">P90</div>
          <div className="v p90">{p90 - now < 5000 ? 'now' : rangeEnd(p50, p90, now)}</div>
        </div>
        {promises !== undefined && promises.started > 0 && (
          <div className="r m2 small kept">
            Kept so far: {count(promises.kept_p90)} of {count(promises.started)}
            <br />
            P90 promises ({Math.round((promises.kept_p90 / promises.started) * 100)} %)
          </div>
        )}
      </div>
      <Axis now={now} p50={p50} p90={p90} />
    </div>
  );
}

function Axis({ now, p50, p90 }: { now: number; p50: number; p90: number }) {
  const end = Math.max(now + 3_600_000, p90 + (p90 - now) * 0.15);
  const place = (ms: number): string => `${(((ms - now) / (end - now)) * 100).toFixed(2)}%`;
  return (
    <div className="axis" aria-hidden="true">
      <span className="rule" />
      <span
        className="band"
        style={{ left: place(p50), width: `${(((p90 - p50) / (end - now)) * 100).toFixed(2)}%` }}
      />
      <span className="tick" style={{ left: place(p50) }} />
      <i className="start">now</i>
      {axisTicks(now, end).map(
        ({ ms, part }) =>
          part > 0.1 && (
            <i key={ms} style={{ left: place(ms) }}>
              {clock(ms, now)}
            </i>
          ),
      )}
    </div>
  );
}

function Answers({ found }: { found: Explanation }) {
  const { job, alternatives, counterfactuals, ahead, stopped } = found;
  const rival = ahead.find(({ user }) => user !== job.user);
  return (
    <>
      {stopped !== null && (
        <div className="notice tone-look">
          <Icon name="warn" />
          <p>Nothing at all starts now: {stopped}</p>
        </div>
      )}
      {alternatives.length > 0 && <Blockers alternatives={alternatives} />}
      {counterfactuals.length > 0 && <Changes changes={counterfactuals} />}
      {job.user && <Ledgers own={job.user} rival={rival?.user} />}
    </>
  );
}

function Blockers({ alternatives }: { alternatives: Alternative[] }) {
  const now = useNow();
  const clear = alternatives[0]?.clear ?? [];
  return (
    <section>
      <h3>
        What blocks it <span>as planned; jobs often end sooner</span>
      </h3>
      <ul className="blockers">
        {alternatives.slice(0, 4).map((one) => (
          <li key={`${one.machine} ${one.model}`}>
            <Icon name={one.blockers.length === 0 ? 'check' : 'drain'} />
            <span>
              <b>{one.model ? `${one.machine}, ${shortModel(one.model)}` : one.machine}:</b>{' '}
              {one.blockers[0]?.text ?? 'nothing; it starts'}
              {kindWords(one.blockers[0]?.kind)}
            </span>
            <span className="e">{clearWords(one, now)}</span>
            {one.blockers.slice(1).map(({ kind, text }) => (
              <span key={text} className="c">
                {text}
                {kindWords(kind)}
              </span>
            ))}
          </li>
        ))}
      </ul>
      {clear.length > 0 && (
        <p className="passes">
          {clear.map((text) => (
            <State key={text} icon="check" tone="ok" word={text} />
          ))}
        </p>
      )}
    </section>
  );
}

function kindWords(kind: Alternative['blockers'][number]['kind'] | undefined): string {
  if (kind === 'kept') return ', kept for jobs before it';
  if (kind === 'out-of-use') return ', the rest is out of use';
  if (kind === 'too-small') return ', more than there is';
  return '';
}

function clearWords({ start_at: start }: Alternative, now: number): string {
  if (start === null) return 'never as it is';
  return at(start) - now < 5000 ? 'now' : `~${clock(at(start), now)}`;
}

function Changes({ changes }: { changes: Counterfactual[] }) {
  const now = useNow();
  return (
    <section>
      <h3>
        What would change it <span>by the same plan</span>
      </h3>
      <ul className="ifs">
        {changes.map(({ text, start_at: start, gain_seconds: gain }) => {
          const isNow = start !== null && at(start) - now < 5000;
          return (
            <li key={text}>
              <span>{text}</span>
              {gain === 0 || start === null ? (
                <span className="m2">no gain</span>
              ) : isNow ? (
                <State icon="free" tone="ok" word="now" chip />
              ) : (
                <span>
                  {clock(at(start), now)}
                  <span className="m3">{gain === null ? '' : `, ${duration(gain * 1000)} earlier`}</span>
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function Ledgers({ own, rival }: { own: string; rival: string | undefined }) {
  const mine = useLedger(own);
  const theirs = useLedger(rival);
  if (!mine.data) return null;
  const { policy, share, half_life_seconds: halfLife } = mine.data;
  return (
    <section>
      <h3>
        {rival ? `Why ${rival} goes first` : 'Where the penalty comes from'}
        <span>{halfLife === null ? policy : `half-life ${duration(halfLife * 1000)}`}</span>
      </h3>
      <div className={rival ? 'ledgers' : 'ledgers single'}>
        <LedgerColumn ledger={mine.data} />
        {theirs.data && <LedgerColumn ledger={theirs.data} />}
      </div>
      {policy === 'fair-share' && (
        <p className="m3 small formula">
          What each run used of the site, faded with age, against a fair share of {(share * 100).toFixed(1)} %. 1.00 is
          exactly the share; lower goes first.
        </p>
      )}
    </section>
  );
}
