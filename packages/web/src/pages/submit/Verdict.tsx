// What is wrong with a submission, or what it would be given and when it would start.
import type { JudgementNow, Problem } from '@dopq/contract';
import { useStatus } from '../../api/queries.ts';
import { Icon } from '../../parts/Icon.tsx';
import { Problems } from '../../parts/Problems.tsx';
import { useNow } from '../../parts/use-now.ts';
import { memory, plural } from '../../words/amounts.ts';
import { at, clock, duration, rangeEnd } from '../../words/time.ts';

interface Props {
  problems: readonly Problem[];
  judgement: JudgementNow | undefined;
}

export function Verdict({ problems, judgement }: Props) {
  const isSound = problems.length === 0 && judgement !== undefined;
  return (
    <>
      {isSound && (
        <p className="st tone-ok">
          <Icon name="check" />
          <span>Nothing is wrong with it.</span>
        </p>
      )}
      <Problems problems={problems}>
        {judgement?.notes.map((note) => (
          <li key={note} className="st tone-look">
            <Icon name="warn" />
            <span>{note}</span>
          </li>
        ))}
      </Problems>
      {isSound && judgement.asks && <DryRun judgement={judgement} asks={judgement.asks} />}
    </>
  );
}

/** Planned as if it came now, among all that waits. */
function DryRun({ judgement, asks }: { judgement: JudgementNow; asks: NonNullable<JudgementNow['asks']> }) {
  const now = useNow();
  const { data: status } = useStatus();
  const { predicted_start_at: first, predicted_start_p90_at: last } = judgement;
  const gets = [
    asks.num_gpus === 0 ? 'no GPU' : plural(asks.num_gpus, 'GPU'),
    asks.memory_bytes === null ? '' : memory(asks.memory_bytes),
    asks.cpus === null || asks.cpus === 0 ? '' : plural(asks.cpus, 'CPU'),
    asks.time_limit_seconds === null ? 'no time limit' : `limit ${duration(asks.time_limit_seconds * 1000)}`,
  ].filter(Boolean);
  const p50 = first === null ? null : Math.max(now, at(first));
  const p90 = last === null ? null : Math.max(p50 ?? now, at(last));
  return (
    <div className="pred dry">
      {p50 === null || p90 === null ? (
        <div>
          <div className="k">Would start</div>
          <div className="v">{status?.queue.locked ? 'after the lock' : 'not foreseen'}</div>
        </div>
      ) : (
        <>
          <div>
            <div className="k">Would start, P50</div>
            <div className="v">{p50 - now < 5000 ? 'now' : clock(p50, now)}</div>
          </div>
          <div>
            <div className="k">P90</div>
            <div className="v p90">{p90 - now < 5000 ? 'now' : rangeEnd(p50, p90, now)}</div>
          </div>
        </>
      )}
      <p className="r m2 small kept">
        It would get {gets.join(', ')}.
        <br />
        The time is as if it were submitted now; its build comes before it.
      </p>
    </div>
  );
}
