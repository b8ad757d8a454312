import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contract } from './api.ts';
import { RAW_ROUTES } from './routes.ts';

const PAGE = readFileSync(new URL('../../../docs/migrating-from-1.0.md', import.meta.url), 'utf8');
const ROWS = [...PAGE.matchAll(/^\| (.+?) \| (.+?) \|.*$/gm)].map(([, old = '', now = '']) => ({ old, now }));
const OLD = `get_running_containers_info get_containers_history_info get_enqueued_containers_info get_dopq_system_status
  get_dopq_user_statistics delete_req_enqueued_containers dopq_system_lock clear_dopq_history shutdown_queue
  get_running_info get_user_statistics get_dopq_status get_completed_containers_info get_enqueued_container_list
  exec_dopq_lock_state update_enqueued_container_list clear_dopq_history_list
  start stop kill restart pause unpause remove exec_run logs top stats wait attach commit export put_archive get_archive
  rename update diff`.split(/\s+/);

describe('docs/migrating-from-1.0.md', () => {
  it.each(OLD)('has a row for %s that names what takes its place, or why nothing does', (call) => {
    const row = ROWS.find(({ old }) => old.includes(`\`${call}\``));
    expect(row?.now).toMatch(/`[a-z]+\.?[A-Za-z]*`|`GET \/|^-$/);
  });

  const named = ROWS.flatMap(({ now }) =>
    [...now.matchAll(/`([a-z]+(?:\.[A-Za-z]+)?)`/g)].map(([, name = '']) => name),
  );
  it.each([...new Set(named)])('names the procedure %s, which there is', (name) => {
    const found = name.split('.').reduce<unknown>((node, part) => (node as Record<string, unknown>)?.[part], contract);
    expect(found).toHaveProperty('~orpc');
  });

  const routes = Object.values(RAW_ROUTES).map((route) => (typeof route === 'string' ? route : route(':id')));
  it.each([...new Set([...PAGE.matchAll(/`GET (\/[^?`]*)/g)].map(([, route]) => route))])(
    'names the route %s, which there is',
    (route) => {
      expect(routes).toContain(route);
    },
  );
});
