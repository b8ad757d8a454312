import type { IconName } from '../words/states.ts';

const stroke = (d: string, width = 1.5) => <path d={d} fill="none" stroke="currentColor" strokeWidth={width} />;
const fill = (d: string) => <path d={d} fill="currentColor" />;
const ring = (width = 1.4, r = 4.6) => (
  <circle cx="6" cy="6" r={r} fill="none" stroke="currentColor" strokeWidth={width} />
);
const dots = (...places: [number, number][]) => (
  <g fill="currentColor">
    {places.map(([x, y]) => (
      <circle key={`${x} ${y}`} cx={x} cy={y} r="1.15" />
    ))}
  </g>
);

/** Each state has a silhouette of its own, 12 by 12. */
const SHAPES: Record<IconName, React.ReactNode> = {
  run: fill('M3 1.8v8.4L10.2 6z'),
  wait: dots([2, 6], [6, 6], [10, 6]),
  build: (
    <>
      {ring(1.4, 4.4)}
      {fill('M6 6V3.1A2.9 2.9 0 0 1 6 8.9z')}
    </>
  ),
  check: stroke('M1.8 6.4 4.7 9.2 10.2 3', 1.8),
  held: fill('M3 2h2.1v8H3zM6.9 2H9v8H6.9z'),
  fail: stroke('m2.4 2.4 7.2 7.2m0-7.2L2.4 9.6', 1.8),
  time: (
    <>
      {ring()}
      {stroke('M6 3.2V6l1.9 1.4', 1.4)}
    </>
  ),
  cancel: (
    <>
      {ring()}
      {stroke('M3.6 6h4.8', 1.4)}
    </>
  ),
  free: ring(2, 4.2),
  idle: fill('M9.9 7.6A4.6 4.6 0 0 1 4.4 2.1a4.6 4.6 0 1 0 5.5 5.5z'),
  out: (
    <>
      {stroke('M1.2 6h6m-2.6-2.6L7.4 6 4.6 8.6')}
      {stroke('M7.2 1.6h3.2v8.8H7.2')}
    </>
  ),
  drain: (
    <>
      {ring(1.5)}
      {stroke('m2.9 9.1 6.2-6.2')}
    </>
  ),
  warn: (
    <>
      {stroke('M6 1.2 11.2 10.6H.8z', 1.3)}
      {stroke('M6 4.6v2.8', 1.4)}
      <circle cx="6" cy="8.9" r=".8" fill="currentColor" />
    </>
  ),
  find: (
    <>
      <circle cx="5" cy="5" r="3.4" fill="none" stroke="currentColor" strokeWidth="1.3" />
      {stroke('m7.6 7.6 3 3', 1.3)}
    </>
  ),
  copy: (
    <>
      <rect x="3.6" y="3.6" width="6.8" height="6.8" rx="1.2" fill="none" stroke="currentColor" strokeWidth="1.2" />
      {stroke('M8 1.6H2.8c-.7 0-1.2.5-1.2 1.2V8', 1.2)}
    </>
  ),
  live: <circle cx="6" cy="6" r="3.2" fill="currentColor" />,
  grip: dots([4, 2.4], [8, 2.4], [4, 6], [8, 6], [4, 9.6], [8, 9.6]),
  down: stroke('M6 1.5v6.2M3.3 5.2 6 7.9l2.7-2.7M1.8 10.4h8.4', 1.3),
  close: stroke('m2.6 2.6 6.8 6.8m0-6.8L2.6 9.4', 1.4),
  up: stroke('M6 10.4V3M2.8 5.6 6 2.4l3.2 3.2', 1.4),
  lock: (
    <>
      <rect x="2.2" y="5.2" width="7.6" height="5.4" rx="1" fill="currentColor" />
      {stroke('M3.8 5.2V3.8a2.2 2.2 0 0 1 4.4 0v1.4', 1.4)}
    </>
  ),
  left: stroke('M7.8 2 3.8 6l4 4', 1.4),
  right: stroke('M4.2 2l4 4-4 4', 1.4),
};

/** Decoration beside a word; the word carries the meaning for those who hear the page. */
export function Icon({ name, className }: { name: IconName; className?: string }) {
  return (
    <svg className={className ? `i ${className}` : 'i'} viewBox="0 0 12 12" aria-hidden="true">
      {SHAPES[name]}
    </svg>
  );
}
