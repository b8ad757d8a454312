import { type JobSort, OUTCOMES, type Outcome } from '@dopq/contract';

export interface HistorySearch {
  user?: string;
  outcome?: Outcome;
  text?: string;
  /** Days: `2026-11-26`. */
  from?: string;
  to?: string;
  sort?: JobSort;
  up?: boolean;
  page?: number;
}

const SORTS = ['id', 'name', 'user', 'num_gpus', 'memory', 'finished', 'started', 'wait_time', 'run_time'] as const;
const DAY = /^\d{4}-\d\d-\d\d$/;

/** What an address asks for; what is not understood is left out. */
export function readSearch(raw: Record<string, unknown>): HistorySearch {
  const text = (key: string): string | undefined =>
    typeof raw[key] === 'string' && raw[key] !== '' ? raw[key] : undefined;
  const user = text('user');
  const words = text('text') ?? (typeof raw['text'] === 'number' ? String(raw['text']) : undefined);
  const outcome = OUTCOMES.find((one) => one === raw['outcome']);
  const sort = SORTS.find((one) => one === raw['sort']);
  const page = Number(raw['page']);
  const day = (key: string): string | undefined => (DAY.test(text(key) ?? '') ? text(key) : undefined);
  const [from, to] = [day('from'), day('to')];
  return {
    ...(user !== undefined && { user }),
    ...(outcome && { outcome }),
    ...(words !== undefined && { text: words }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(sort && { sort }),
    ...(raw['up'] === true && { up: true }),
    ...(Number.isInteger(page) && page > 1 && { page }),
  };
}

const DAY_MS = 86_400_000;

/** The question for the server: days are those of the browser's time zone, the last one included. */
export function questionOf({ user, outcome, text, from, to, sort = 'finished', up = false }: HistorySearch) {
  return {
    scope: 'finished' as const,
    date: 'finished' as const,
    sort,
    descending: !up,
    ...(user !== undefined && { user }),
    ...(outcome && { outcome }),
    ...(text !== undefined && { text }),
    ...(from !== undefined && { since: new Date(`${from}T00:00`).toISOString() }),
    ...(to !== undefined && { until: new Date(new Date(`${to}T00:00`).getTime() + DAY_MS).toISOString() }),
  };
}
