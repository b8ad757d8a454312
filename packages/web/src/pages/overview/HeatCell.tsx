import type { GpuView } from './GpuCard.tsx';

/** One of very many GPUs: a square as dark as it is busy, with everything else in its words. */
export function HeatCell({ view: { gpu, shown } }: { view: GpuView }) {
  const [job] = gpu.jobs;
  const words = [
    `${gpu.machine} ${gpu.index}`,
    job ? `${job.user} #${job.id} ${job.name}` : (gpu.reason ?? shown.word),
    `${Math.round(gpu.utilization_percent ?? 0)} %`,
  ].join(', ');
  return (
    <span
      className={`heat tone-${shown.tone}`}
      role="img"
      aria-label={words}
      title={words}
      style={{ '--heat': `${Math.round(15 + 0.85 * (gpu.utilization_percent ?? 0))}%` } as React.CSSProperties}
    />
  );
}
