import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { PageHead } from '../parts/page.tsx';

export function NotFound() {
  return (
    <>
      <PageHead title="No such page" />
      <p className="m2 prose">
        There is nothing at <code>{location.pathname}</code>. The <Link to="/">overview</Link> shows the lab.
      </p>
    </>
  );
}

/** A mistake of the page itself: say so and offer the way back, instead of a white screen. */
export function Crash({ error }: ErrorComponentProps) {
  return (
    <>
      <PageHead title="This page failed" />
      <p className="m2">{error instanceof Error ? error.message : String(error)}</p>
      <p>
        <button type="button" className="btn" onClick={() => location.reload()}>
          Load it again
        </button>
      </p>
    </>
  );
}
