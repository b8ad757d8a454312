import type { Job, JobEvent } from '@dopq/contract';
import { Icon } from '../../parts/Icon.tsx';
import { useNow } from '../../parts/use-now.ts';
import { stepsOf } from './timeline.ts';

export function Timeline({ job, events }: { job: Job; events: readonly JobEvent[] }) {
  const now = useNow();
  return (
    <ol className="panel states" aria-label="Life of the job">
      {stepsOf(job, events, now).map((step) => (
        <li
          key={step.name}
          className={`${step.state} tone-${step.tone}`}
          style={{ '--p': `${Math.round((step.part ?? 0.5) * 100)}%` } as React.CSSProperties}
          {...(step.state === 'now' && { 'aria-current': 'step' })}
        >
          <Icon name={step.icon} />
          <b>{step.name}</b>
          <span>{step.time}</span>
          <span className="cut" title={step.detail}>
            {step.detail}
          </span>
        </li>
      ))}
    </ol>
  );
}
