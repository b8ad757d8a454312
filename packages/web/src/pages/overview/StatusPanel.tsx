import type { Status } from '@dopq/contract';
import { Icon } from '../../parts/Icon.tsx';
import { State } from '../../parts/State.tsx';
import { useNow } from '../../parts/use-now.ts';
import type { Shown, Tone } from '../../words/states.ts';
import { at, clock, duration } from '../../words/time.ts';

interface Part {
  state: string;
  message: string | null;
  uptime_seconds: number;
}

/** Verdict, the two parts that users know, and the health of what they stand on. */
export function StatusPanel({ status }: { status: Status }) {
  const { queue, provider } = status;
  const troubles = findTroubles(status);
  const [worst] = troubles;
  return (
    <section className="panel cells status" aria-label="Status">
      <div className="cell verdict">
        <h2 className="k">Status</h2>
        <div className={`v st tone-${worst ? 'look' : 'ok'}`}>
          <Icon name={worst ? 'warn' : 'check'} />
          <span>
            {troubles.length === 0 ? 'all well' : `${troubles.length} warning${troubles.length === 1 ? '' : 's'}`}
          </span>
        </div>
        <div className="n cut" title={troubles.join('\n')}>
          {worst ?? `DoPQ ${status.version}`}
        </div>
      </div>
      <PartCell
        name="Queue"
        part={queue}
        since={queue.lock.since ?? queue.started_at}
        word={queue.locked ? 'locked' : queue.state === 'running' ? 'open' : queue.state}
        isWell={queue.state === 'running' && !queue.locked}
      />
      <PartCell
        name="Provider"
        part={provider}
        since={provider.started_at}
        word={provider.state === 'running' ? 'watching' : provider.state}
        isWell={provider.state === 'running'}
      />
      <Health status={status} />
    </section>
  );
}

interface PartProps {
  name: string;
  part: Part;
  /** Since when it is what `word` says. */
  since: string | null;
  word: string;
  isWell: boolean;
}

function PartCell({ name, part, since, word, isWell }: PartProps) {
  const now = useNow();
  return (
    <div className="cell">
      <div className="k">
        {name}, up {duration(part.uptime_seconds * 1000)}
      </div>
      <div className={`v st tone-${isWell ? 'ok' : 'look'}`} title={part.message ?? undefined}>
        <Icon name={isWell ? 'check' : 'warn'} />
        <span>{word}</span>
      </div>
      <div className="n">{since ? `since ${clock(at(since), now)}` : 'not started'}</div>
    </div>
  );
}

function Health({ status: { engine, share, disk, hardware } }: { status: Status }) {
  const fullest = disk.toSorted((a, b) => a.free_bytes / a.total_bytes - b.free_bytes / b.total_bytes)[0];
  const full = fullest ? Math.round((1 - fullest.free_bytes / fullest.total_bytes) * 100) : null;
  const shown = (
    name: string,
    isWell: boolean,
    more: string,
    message: string | null,
  ): [Shown & { title?: string }, string] => [
    {
      icon: isWell ? 'check' : 'warn',
      tone: (isWell ? 'ok' : 'look') satisfies Tone,
      word: name,
      ...(message && { title: message }),
    },
    more,
  ];
  const rows = [
    shown(
      'Engine',
      engine.state === 'running',
      engine.state === 'running' ? (engine.version ?? 'up') : engine.state,
      engine.message,
    ),
    shown('Share', share.state === 'ok', share.state, share.message),
    shown(
      'Disk',
      disk.every(({ message }) => !message),
      full === null ? '' : `${full} %`,
      fullest?.message ?? null,
    ),
    ...(hardware.gpus > 0
      ? [
          shown(
            'GPUs',
            hardware.state === 'ok',
            hardware.sample_age_seconds === null ? hardware.state : `${Math.round(hardware.sample_age_seconds)} s`,
            hardware.message,
          ),
        ]
      : []),
  ];
  return (
    <div className="health">
      {rows.map(([state, more]) => (
        <div key={state.word}>
          <State {...state} />
          <span className="age">{more}</span>
        </div>
      ))}
    </div>
  );
}

/** Everything a person should look at, as the server words it. */
export function findTroubles({ queue, provider, engine, share, disk, hardware, warnings }: Status): string[] {
  const { lock } = queue;
  return [
    ...(lock.locked ? [lock.message ? `the queue is locked: ${lock.message}` : 'the queue is locked'] : []),
    // The queue’s own words are the lock’s, or of something worse.
    lock.locked && queue.message === lock.message ? null : queue.message,
    ...[provider, engine, share, hardware].map(({ message }) => message),
    ...disk.map(({ message }) => message),
    ...warnings,
  ].filter((message) => message !== null);
}
