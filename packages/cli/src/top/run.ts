// `dopq top`: asks the server, draws, and does what keys ask for, until it is told to end.
import { constants } from 'node:os';
import { setInterval as ticks } from 'node:timers/promises';
import { RAW_ROUTES } from '@dopq/contract/routes';
import type { Connection } from '../connection.ts';
import { formatExplanation } from '../explanation-page.ts';
import { EXIT, failureOfAny } from '../failure.ts';
import { jobPage } from '../job-page.ts';
import { listenForNews } from '../news.ts';
import { TerminalText } from '../terminal-text.ts';
import { whoIsAsking } from '../who.ts';
import { type Effect, press, START, type TopState, visibleJobs, type World } from './state.ts';
import { openTerminal } from './terminal.ts';
import { drawTop, HELP_LINES, pageLines } from './view.ts';

/** Clock and run times go on while nothing is asked. */
const DRAW_MS = 1000;
const AFTER_PROBLEM_MS = 2000;
/** As many finished jobs as anybody scrolls through. */
const FINISHED = 200;
const LOG_LINES = 5000;

/** @returns the exit code once somebody ends it */
export async function runTop(connection: Connection): Promise<number> {
  const { client } = connection;
  const me = await whoIsAsking(client);
  let world: World | undefined;
  let state: TopState = START;
  let problem: string | undefined;
  let bodyRows = 1;
  let logReader: AbortController | undefined;
  const end = Promise.withResolvers<number>();
  const ended = new AbortController();

  const jobs = () => visibleJobs(world?.jobs ?? [], state, me);
  const draw = () => {
    const frame = drawTop(world, jobs(), state, terminal.size(), problem);
    bodyRows = frame.bodyRows;
    terminal.draw(frame.lines);
  };
  const change = (next: Partial<TopState>) => {
    state = { ...state, ...next };
    draw();
  };
  using news = listenForNews(connection);
  const refresh = () => news.nudge();

  using terminal = openTerminal({
    onKey(key) {
      const page = state.page && { ...state.page, lines: pageLines(state.page, terminal.size().columns) };
      const before = state;
      const pressed = press(page ? { ...state, page } : state, key, {
        jobs: jobs(),
        pageRows: bodyRows,
        listRows: bodyRows,
      });
      state = pressed.state;
      // The page was broken to this width for counting only.
      if (state.page && before.page) state = { ...state, page: { ...before.page, top: state.page.top } };
      if (before.page && !state.page) logReader?.abort();
      draw();
      if (pressed.effect) void perform(pressed.effect);
    },
    onRedraw: () => draw(),
    // As a shell tells of a process that a signal ended.
    onEnd: (signal) => end.resolve(128 + constants.signals[signal]),
  });

  async function perform(effect: Effect): Promise<void> {
    try {
      switch (effect.kind) {
        case 'quit':
          return end.resolve(EXIT.ok);
        case 'suspend':
          return terminal.suspend();
        case 'redraw':
          terminal.forget();
          return draw();
        case 'refresh':
          return refresh();
        case 'help':
          return change({ page: { title: 'dopq top', lines: HELP_LINES, top: 0 } });
        case 'logs':
          return await followLog(effect.id);
        case 'explain': {
          const found = await client.jobs.explain({ id: effect.id });
          return change({
            page: { title: 'Why it waits', lines: formatExplanation(found, Date.now()).split('\n'), top: 0 },
          });
        }
        case 'show':
          return change({
            page: { title: `#${effect.id}`, lines: (await jobPage(client, effect.id)).split('\n'), top: 0 },
          });
        default:
          return await act(effect);
      }
    } catch (error) {
      const { message, fix } = failureOfAny(error);
      change({ note: `✖ ${message}${fix === undefined ? '' : ` ${fix}`}` });
    }
  }

  async function act({ kind, ids }: Extract<Effect, { ids: number[] }>): Promise<void> {
    const results = await Promise.allSettled(ids.map((id) => client.jobs[kind]({ id })));
    const failed = results.flatMap((one) => (one.status === 'rejected' ? [failureOfAny(one.reason).message] : []));
    const well = ids.length - failed.length;
    const done = { cancel: 'cancelled', hold: 'held', release: 'released' }[kind];
    const words = well === 1 && ids.length === 1 ? `#${ids[0]} ${done}` : `${well} of ${ids.length} jobs ${done}`;
    change({ note: [...(well > 0 ? [words] : []), ...failed.slice(0, 1).map((message) => `✖ ${message}`)].join('; ') });
    refresh();
  }

  async function followLog(id: number): Promise<void> {
    logReader?.abort();
    const reader = new AbortController();
    logReader = reader;
    const title = `Log of #${id}`;
    const lines: string[] = [''];
    change({ page: { title, lines: ['(nothing yet)'], top: 'end' } });
    const show = () => {
      if (!reader.signal.aborted && state.page) change({ page: { title, lines: [...lines], top: state.page.top } });
    };
    const add = (text: string) => {
      const [first = '', ...rest] = text.replaceAll('\t', '        ').split('\n');
      lines.push((lines.pop() ?? '') + first, ...rest);
      lines.splice(0, lines.length - LOG_LINES);
      show();
    };
    try {
      const kind = (await client.jobs.get({ id })).container_name === null ? 'build' : 'run';
      const query = { kind, follow: '1', tail: String(LOG_LINES) };
      const body = await connection.read(RAW_ROUTES.log(id), query, reader.signal);
      const [decoder, cleaner] = [new TextDecoder(), new TerminalText()];
      for await (const chunk of body as AsyncIterable<Buffer>) {
        // Progress bars write a line over and over; the last one counts.
        add(
          cleaner
            .clean(decoder.decode(chunk, { stream: true }))
            .replaceAll(/[^\n]*\r(?!\n)/g, '')
            .replaceAll('\r', ''),
        );
      }
      add('\n(end of the log)');
    } catch (error) {
      if (!reader.signal.aborted) add(`\n${failureOfAny(error).message}`);
    }
  }

  async function askWhenThereIsNews(): Promise<void> {
    while (!ended.signal.aborted) {
      try {
        const scope = state.showsFinished ? 'all' : 'active';
        const [status, gpus, found] = await Promise.all([
          client.status(),
          client.gpus.list(),
          client.jobs.list({ scope, limit: 10_000 }),
        ]);
        let finished = 0;
        world = { status, gpus, jobs: found.filter((job) => job.state !== 'finished' || finished++ < FINISHED) };
        problem = undefined;
      } catch (error) {
        const { message, exitCode } = failureOfAny(error);
        problem = exitCode === EXIT.unreachable ? `${message} Asking again; what you see is old.` : message;
        setTimeout(refresh, AFTER_PROBLEM_MS).unref();
      }
      if (ended.signal.aborted) return;
      draw();
      await news.next();
    }
  }

  async function drawAgainAndAgain(): Promise<void> {
    for await (const _ of ticks(DRAW_MS, undefined, { signal: ended.signal })) draw();
  }

  draw();
  const fail = (error: unknown) => void (ended.signal.aborted || end.reject(error));
  void askWhenThereIsNews().catch(fail);
  void drawAgainAndAgain().catch(fail);
  try {
    return await end.promise;
  } finally {
    ended.abort();
    logReader?.abort();
  }
}
