// Every address of the dashboard. The overview comes with the first script; other pages are fetched when they are opened.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Overview } from './pages/overview/Overview.tsx';
import { App } from './shell/App.tsx';
import { Crash, NotFound } from './shell/trouble.tsx';

const root = createRootRoute({ component: App, notFoundComponent: NotFound, errorComponent: Crash });
const getParentRoute = () => root;

const overview = createRoute({ getParentRoute, path: '/', component: Overview });
const queue = createRoute({
  getParentRoute,
  path: '/queue',
  validateSearch: (search: Record<string, unknown>): { job?: number; show?: string } => ({
    ...(Number(search['job']) > 0 && { job: Number(search['job']) }),
    ...(typeof search['show'] === 'string' && { show: search['show'] }),
  }),
  component: lazyRouteComponent(() => import('./pages/queue/Queue.tsx'), 'Queue'),
});

const job = createRoute({
  getParentRoute,
  path: '/jobs/$id',
  component: lazyRouteComponent(() => import('./pages/job/JobPage.tsx'), 'JobPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([overview, queue, job]),
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
