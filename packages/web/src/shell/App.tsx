import { Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Toasts } from '../parts/toasts.tsx';
import { Keys } from './Keys.tsx';
import { TopBar } from './TopBar.tsx';

export function App() {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  // Whoever hears the page is told that it changed; nobody is moved on the first load.
  useEffect(() => {
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [path]);
  return (
    <>
      <a className="skip" href="#main">
        To the content
      </a>
      <TopBar />
      <main id="main" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
      <Keys />
      <Toasts />
    </>
  );
}
