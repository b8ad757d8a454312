// Every address of the dashboard. The overview comes with the first script; other pages are fetched when they are opened.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Overview } from './pages/overview/Overview.tsx';
import { readSearch } from './pages/history/question.ts';
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

const history = createRoute({
  getParentRoute,
  path: '/history',
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import('./pages/history/History.tsx'), 'History'),
});
const gpus = createRoute({
  getParentRoute,
  path: '/gpus',
  validateSearch: (search): { span?: string } => pick(search, 'span'),
  component: lazyRouteComponent(() => import('./pages/gpus/Gpus.tsx'), 'Gpus'),
});
const users = createRoute({
  getParentRoute,
  path: '/users',
  validateSearch: (search): { name?: string } => pick(search, 'name'),
  component: lazyRouteComponent(() => import('./pages/users/Users.tsx'), 'Users'),
});
const submit = createRoute({
  getParentRoute,
  path: '/submit',
  component: lazyRouteComponent(() => import('./pages/submit/Submit.tsx'), 'Submit'),
});

const reports = createRoute({
  getParentRoute,
  path: '/reports',
  validateSearch: (search): { period?: string } => pick(search, 'period'),
  component: lazyRouteComponent(() => import('./pages/reports/Reports.tsx'), 'Reports'),
});
const profile = createRoute({
  getParentRoute,
  path: '/profile',
  component: lazyRouteComponent(() => import('./pages/account/Profile.tsx'), 'Profile'),
});
const admin = createRoute({
  getParentRoute,
  path: '/admin',
  validateSearch: (search): { part?: string } => pick(search, 'part'),
  component: lazyRouteComponent(() => import('./pages/admin/Admin.tsx'), 'Admin'),
});

/** A word of an address, if it is one. */
function pick<Key extends string>(search: Record<string, unknown>, key: Key): { [K in Key]?: string } {
  const value = search[key];
  if (typeof value !== 'string' && typeof value !== 'number') return {};
  return { [key]: String(value) } as { [K in Key]?: string };
}

export const router = createRouter({
  routeTree: root.addChildren([overview, queue, job, history, gpus, users, submit, reports, profile, admin]),
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
