import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { waitFor } from '@dopq/testbed';
import { expect, onTestFinished, test } from 'vitest';
import { connectTo } from './connection.ts';
import { listenForNews } from './news.ts';

/** A server that has nothing but a feed. */
async function feed() {
  const dir = mkdtempSync(path.join(tmpdir(), 'dopq-feed-'));
  const socketPath = path.join(dir, 'dopq.sock');
  const listeners: ServerResponse[] = [];
  const server = createServer((_, answer) => {
    listeners.push(answer);
    answer.writeHead(200, { 'content-type': 'text/event-stream' }).write('retry: 2000\ndata: {"revision":1}\n\n');
  });
  await new Promise<void>((resolve) => void server.listen(socketPath, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(dir, { recursive: true });
  });
  return { listeners, connection: connectTo({ words: 'here', origin: 'http://localhost', socketPath }) };
}

test('whoever listens is told once per change, not of what keeps the connection alive, and no more after the end', async () => {
  const { listeners, connection } = await feed();
  const news = listenForNews(connection);
  await news.next();
  let told = 0;
  const count = async () => {
    await news.next();
    told++;
  };
  let next = count();
  listeners[0]?.write(': still here\n\n');
  listeners[0]?.write(': still here\n\n');
  expect(told).toBe(0);
  listeners[0]?.write('data: {"revision":2}\n\n');
  await next;
  expect(told).toBe(1);
  next = count();
  news[Symbol.dispose]();
  await next;
  await connection[Symbol.asyncDispose]();
  expect(listeners).toHaveLength(1);
});

test('a feed that breaks is news, and is listened to again', async () => {
  const { listeners, connection } = await feed();
  using news = listenForNews(connection);
  await news.next();
  listeners[0]?.destroy();
  await news.next();
  await waitFor(() => listeners.length === 2, { timeoutMs: 60_000 });
  listeners[1]?.write('data: {"revision":2}\n\n');
  expect(await news.next()).toBeUndefined();
  await connection[Symbol.asyncDispose]();
});
