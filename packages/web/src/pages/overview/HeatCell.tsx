import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { Icon } from '../../parts/Icon.tsx';
import { useIsMine } from '../../parts/job-cells.tsx';
import type { GpuView } from './GpuCard.tsx';

interface Props {
  view: GpuView;
  isLit: boolean;
  onLight: (job?: number) => void;
}

/** One of very many GPUs: whose, and as full as it is busy; the rest is in its words. All GPUs of one job light up together. */
export const HeatCell = memo(
  function HeatCell({ view: { gpu, shown }, isLit, onLight }: Props) {
    const [job] = gpu.jobs;
    const isMine = useIsMine();
    const use = Math.round(gpu.utilization_percent ?? 0);
    const words = [
      `${gpu.machine} GPU ${gpu.index}`,
      job ? `${job.user} #${job.id} ${job.name}` : (gpu.reason ?? shown.word),
      ...(gpu.utilization_percent === null ? [] : [`${use} %`]),
    ].join(', ');
    const look = {
      className: [
        `gpu-cell kind-${shown.kind} tone-${shown.tone}`,
        job && isMine(job.user) ? 'own' : '',
        isLit ? 'lit' : '',
      ].join(' '),
      title: words,
      'aria-label': words,
      style: { '--heat': `${use}%` } as React.CSSProperties,
    };
    const content = (
      <>
        <span>{gpu.index}</span>
        {job && shown.kind === 'work' ? <b>{job.user}</b> : <Icon name={shown.icon} />}
      </>
    );
    if (!job) {
      return (
        <span role="img" {...look}>
          {content}
        </span>
      );
    }
    return (
      <Link
        to="/jobs/$id"
        params={{ id: String(job.id) }}
        onMouseEnter={() => onLight(job.id)}
        onMouseLeave={() => onLight()}
        {...look}
      >
        {content}
      </Link>
    );
  },
  (before, after) => {
    const [a, b] = [before.view, after.view];
    return before.isLit === after.isLit && a.gpu === b.gpu && a.shown.word === b.shown.word;
  },
);
