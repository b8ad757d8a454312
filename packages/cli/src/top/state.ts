// What `dopq top` shows and what a key does to it: pure, so that every key can be tried without a terminal.
import type { Gpu, Job, Status } from '@dopq/contract';

/** What the server said last. */
export interface World {
  status: Status;
  gpus: Gpu[];
  /** In the order of the server: running, then waiting in serving order, then (if asked for) finished. */
  jobs: Job[];
}

export interface TopState {
  /** Number of the job the bar is on; undefined = the first. */
  selected: number | undefined;
  tagged: ReadonlySet<number>;
  filter: string;
  /** While something is typed after "/". */
  typing: boolean;
  /** Finished jobs too. */
  showsFinished: boolean;
  mineOnly: boolean;
  /** A question that "y" says yes to. */
  asked: { act: 'cancel' | 'hold' | 'release'; ids: number[] } | undefined;
  /** A page over the list: a log, an explanation, help. */
  page: Page | undefined;
  /** What came of the last act. */
  note: string;
}

export interface Page {
  title: string;
  lines: string[];
  /** First line shown; `end` stays at the end while lines arrive. */
  top: number | 'end';
}

export const START: TopState = {
  selected: undefined,
  tagged: new Set(),
  filter: '',
  typing: false,
  showsFinished: false,
  mineOnly: false,
  asked: undefined,
  page: undefined,
  note: '',
};

/** What has to be done outside this state. */
export type Effect =
  | { kind: 'quit' | 'suspend' | 'redraw' | 'refresh' | 'help' }
  | { kind: 'logs' | 'explain' | 'show'; id: number }
  | { kind: 'cancel' | 'hold' | 'release'; ids: number[] };

export interface Pressed {
  state: TopState;
  effect?: Effect;
}

export interface Sight {
  /** Jobs in the list, in its order. */
  jobs: readonly Job[];
  /** Lines of a page that fit. */
  pageRows: number;
  /** Lines of the list that fit. */
  listRows: number;
}

export function press(state: TopState, key: string, sight: Sight): Pressed {
  if (key === 'ctrl-c') return { state, effect: { kind: 'quit' } };
  if (key === 'ctrl-z') return { state, effect: { kind: 'suspend' } };
  if (key === 'ctrl-l') return { state, effect: { kind: 'redraw' } };
  if (state.typing) return { state: typed(state, key) };
  if (state.asked) return answered(state, state.asked, key);
  if (state.page) return onPage(state, state.page, key, sight.pageRows);
  return onList({ ...state, note: '' }, key, sight);
}

/** Jobs that the list shows, of those there are. */
export function visibleJobs(jobs: readonly Job[], state: TopState, me: string | undefined): Job[] {
  const words = state.filter.toLowerCase().split(/\s+/).filter(Boolean);
  return jobs.filter((job) => {
    if (state.mineOnly && job.user !== me) return false;
    const text = `#${job.id} ${job.name} ${job.user} ${job.outcome ?? job.state} ${job.reason ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Where the bar is; 0 if its job is gone. */
export function selectedIndex(state: TopState, jobs: readonly Job[]): number {
  return Math.max(
    0,
    jobs.findIndex(({ id }) => id === state.selected),
  );
}

function typed(state: TopState, key: string): TopState {
  if (key === 'escape') return { ...state, typing: false, filter: '' };
  if (key === 'enter') return { ...state, typing: false };
  if (key === 'backspace') return { ...state, filter: state.filter.slice(0, -1) };
  if (key === 'ctrl-u') return { ...state, filter: '' };
  return key.length === 1 || key === 'space'
    ? { ...state, filter: state.filter + (key === 'space' ? ' ' : key) }
    : state;
}

function answered(state: TopState, { act, ids }: NonNullable<TopState['asked']>, key: string): Pressed {
  const done = { ...state, asked: undefined };
  if (key === 'y' || key === 'Y') return { state: { ...done, tagged: new Set() }, effect: { kind: act, ids } };
  return { state: { ...done, note: 'Nothing was done.' } };
}

function onPage(state: TopState, page: Page, key: string, rows: number): Pressed {
  if (['q', 'escape', 'left', 'enter', 'h', '?'].includes(key)) return { state: { ...state, page: undefined } };
  const last = Math.max(0, page.lines.length - rows);
  const at = page.top === 'end' ? last : Math.min(page.top, last);
  const top = scrolled(at, key, rows, last);
  return { state: top === undefined ? state : { ...state, page: { ...page, top } } };
}

function scrolled(at: number, key: string, rows: number, last: number): Page['top'] | undefined {
  const by: Record<string, number> = {
    up: -1,
    k: -1,
    down: 1,
    j: 1,
    pageup: 1 - rows,
    b: 1 - rows,
    pagedown: rows - 1,
    space: rows - 1,
  };
  if (key === 'home' || key === 'g') return 0;
  if (key === 'end' || key === 'G' || key === 'f') return 'end';
  const step = by[key];
  if (step === undefined) return undefined;
  const next = Math.max(0, at + step);
  return next >= last && step > 0 ? 'end' : next;
}

function onList(state: TopState, key: string, { jobs, listRows }: Sight): Pressed {
  const index = selectedIndex(state, jobs);
  const current = jobs[index];
  const goTo = (to: number): Pressed => ({
    state: { ...state, selected: jobs[Math.max(0, Math.min(jobs.length - 1, to))]?.id },
  });
  switch (key) {
    case 'q':
      return { state, effect: { kind: 'quit' } };
    case '?':
    case 'h':
      return { state, effect: { kind: 'help' } };
    case '/':
      return { state: { ...state, typing: true } };
    case 'escape':
      return { state: { ...state, filter: '', tagged: new Set() } };
    case 'r':
      return { state, effect: { kind: 'refresh' } };
    case 'a':
      return { state: { ...state, showsFinished: !state.showsFinished }, effect: { kind: 'refresh' } };
    case 'm':
      return { state: { ...state, mineOnly: !state.mineOnly } };
    case 'up':
    case 'k':
      return goTo(index - 1);
    case 'down':
    case 'j':
      return goTo(index + 1);
    case 'pageup':
      return goTo(index - listRows);
    case 'pagedown':
      return goTo(index + listRows);
    case 'home':
    case 'g':
      return goTo(0);
    case 'end':
    case 'G':
      return goTo(jobs.length - 1);
    default:
      return current === undefined ? { state } : onJob(state, key, current, jobs[index + 1] ?? current);
  }
}

function onJob(state: TopState, key: string, { id }: Job, next: Job): Pressed {
  const ids = state.tagged.size > 0 ? [...state.tagged].sort((a, b) => a - b) : [id];
  switch (key) {
    case 'l':
      return { state, effect: { kind: 'logs', id } };
    case 'e':
      return { state, effect: { kind: 'explain', id } };
    case 's':
    case 'enter':
      return { state, effect: { kind: 'show', id } };
    case 'space':
      return { state: { ...state, selected: next.id, tagged: toggled(state.tagged, id) } };
    case 'c':
    case 'd':
      return { state: { ...state, asked: { act: 'cancel', ids } } };
    case 'H':
      return { state: { ...state, asked: { act: 'hold', ids } } };
    case 'R':
      return { state: { ...state, asked: { act: 'release', ids } } };
    default:
      return { state };
  }
}

function toggled(set: ReadonlySet<number>, id: number): ReadonlySet<number> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}
