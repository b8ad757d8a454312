import { Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { useMe, useWhoAmI } from '../api/me.ts';
import { follow } from '../api/queries.ts';
import { Failure, Loading } from '../parts/page.tsx';
import { Toasts } from '../parts/toasts.tsx';
import { Keys } from './Keys.tsx';
import { TopBar } from './TopBar.tsx';

// Who is signed in already never needs them.
const SignIn = lazy(async () => ({ default: (await import('../pages/account/SignIn.tsx')).SignIn }));
const Pending = lazy(async () => ({ default: (await import('../pages/account/SignIn.tsx')).Pending }));

export function App() {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  // Whoever hears the page is told that it changed; nobody is moved on the first load.
  useEffect(() => {
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [path]);
  const { role } = useMe();
  const isIn = role !== 'anonymous' && role !== 'pending';
  useEffect(() => follow(isIn), [isIn]);
  return (
    <>
      <a className="skip" href="#main">
        To the content
      </a>
      <TopBar isIn={isIn} />
      <main id="main" ref={main} tabIndex={-1}>
        <Content />
      </main>
      {isIn && <Keys />}
      <Toasts />
    </>
  );
}

/** The page at this address, for those who may see it; for others the way in. */
function Content() {
  const { data: who, error } = useWhoAmI();
  if (!who) return error ? <Failure error={error} /> : <Loading />;
  if (who.role !== 'anonymous' && who.role !== 'pending') return <Outlet />;
  return (
    <Suspense fallback={<Loading />}>{who.role === 'pending' ? <Pending who={who} /> : <SignIn who={who} />}</Suspense>
  );
}
