import { PassThrough, Writable } from 'node:stream';
import { FeedMessage } from '@dopq/contract';
import { waitFor } from '@dopq/testbed';
import { expect, test, vi } from 'vitest';
import { silentLogger } from '../log.ts';
import { Feed } from './feed.ts';
import { runController } from './running-controller.fixture.ts';

vi.setConfig({ testTimeout: 60_000 });

interface Listening {
  messages: FeedMessage[];
  isOver(): boolean;
  leave(): void;
}

async function listenTo(running: Awaited<ReturnType<typeof runController>>): Promise<Listening> {
  const { status, body } = await running.send('/feed');
  expect(status).toBe(200);
  expect(body.headers['content-type']).toContain('text/event-stream');
  const messages: FeedMessage[] = [];
  let text = '';
  let isOver = false;
  body.setEncoding('utf8');
  body.on('data', (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
      if (data) messages.push(FeedMessage.parse(JSON.parse(data)));
      text = text.slice(end + 2);
    }
  });
  body.once('close', () => {
    isOver = true;
  });
  body.on('error', () => {});
  return { messages, isOver: () => isOver, leave: () => body.destroy() };
}

const newest = ({ messages }: Listening) => messages.at(-1)?.revision ?? 0;

test('a hundred views are told of a change by a number, many changes at once by one (row 62)', async () => {
  await using running = await runController();
  const views = await Promise.all(Array.from({ length: 100 }, () => listenTo(running)));
  await waitFor(() => views.every(({ messages }) => messages.length === 1));
  const before = newest(views[0] as Listening);
  for (let i = 0; i < 50; i++) running.addJob();
  await waitFor(() => views.every((view) => newest(view) === before + 50));
  expect(views.every(({ messages }) => messages.length < 10)).toBe(true);
  expect(running.deps.feed.size).toBe(100);
  for (const view of views) view.leave();
  await waitFor(() => running.deps.feed.size === 0);
});

test('who comes later, or comes back, hears at once where things stand', async () => {
  await using running = await runController();
  const first = await listenTo(running);
  running.addJob();
  await waitFor(() => first.messages.length === 2);
  const second = await listenTo(running);
  await waitFor(() => second.messages.length === 1);
  expect(newest(second)).toBe(newest(first));
});

test('measured figures have a number of their own', async () => {
  await using running = await runController();
  const view = await listenTo(running);
  await waitFor(() => view.messages.length === 1);
  const [start] = view.messages;
  running.sample.at = running.clock.at + 5000;
  await waitFor(() => view.messages.length === 2, { timeoutMs: 60_000 });
  expect(view.messages[1]).toEqual({ revision: start?.revision, sample: (start?.sample ?? 0) + 1 });
});

test('the stop of the server ends the feed', async () => {
  const running = await runController();
  const view = await listenTo(running);
  await running[Symbol.asyncDispose]();
  expect(await waitFor(() => view.isOver())).toBe(true);
});

test('a view that does not read is dropped, and the others go on (row 61)', async () => {
  let change = () => {};
  const sources = { onCommit: (listener: () => void) => ((change = listener), () => {}), sampleMark: () => 0 };
  using feed = new Feed({ ...sources, log: silentLogger, maxBehindBytes: 100 }, 7);
  const stuck = new Writable({ write() {} });
  const well = new PassThrough();
  let heard = '';
  well.on('data', (chunk: Buffer) => {
    heard += chunk.toString();
  });
  for (const stream of [stuck, well]) feed.add({ stream, isWelcome: () => true });
  await waitFor(() => {
    change();
    return stuck.destroyed;
  });
  await waitFor(() => feed.size === 1);
  const before = heard.length;
  change();
  await waitFor(() => heard.length > before);
  expect(well.destroyed).toBe(false);
});
