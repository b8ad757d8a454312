// A unix socket in front of an engine that lets everything through except what a test wants to go wrong.
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline, type Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { buffer } from 'node:stream/consumers';
import type { Chance } from './chance.ts';

export type Fault =
  /** Answers with this status in the engine's format; the engine is not asked. */
  | { kind: 'error'; status: number; message: string }
  /** Passes the request on once `until` has settled. */
  | { kind: 'delay'; until: Promise<unknown> }
  /** Ends the connection after so many bytes of the reply's body. */
  | { kind: 'truncate'; afterBytes: number }
  /** Takes the request and answers nothing; the connection stays open. */
  | { kind: 'half_open' }
  /** Ends the connection; the engine is not asked. */
  | { kind: 'refuse' }
  /** The engine carries the request out, the connection ends instead of the reply. */
  | { kind: 'drop_reply' };

export interface FaultRule {
  /** How often it has struck. */
  readonly hits: number;
  remove(): void;
}

export interface EngineProxy extends AsyncDisposable {
  readonly socket: string;
  readonly host: string;
  /** Every request so far as `METHOD /path`, without API version and query. */
  readonly requests: readonly string[];
  /**
   * From now on requests whose `METHOD /path` matches go wrong, the first rule that matches decides.
   * @param times how often; default always
   */
  fault(route: RegExp, fault: Fault, times?: number): FaultRule;
  /** From now on this part of all requests, whatever they ask, goes wrong in one of the ways there are. */
  chaos(rate: number, chance: Chance): FaultRule;
  /** Ends every open connection, event streams included. New ones are taken. */
  cut(): void;
}

interface Rule {
  matches(route: string): boolean;
  fault(route: string): Fault;
  left: number;
  hits: number;
}

/** Questions whose deadline is short. A build or a log that is never answered is another matter: it is waited for. */
const SHORT = /^GET \/(containers\/json|containers\/[^/]+\/json|networks|_ping|version|info)$/;

function anyFault(route: string, chance: Chance): Fault {
  const faults: [Fault, ...Fault[]] = [
    { kind: 'error', status: 500, message: 'the engine has a bad moment' },
    { kind: 'delay', until: delay(chance.next() * 3000) },
    { kind: 'truncate', afterBytes: Math.floor(chance.next() * 200) },
    { kind: 'refuse' },
    { kind: 'drop_reply' },
  ];
  return chance.pick(SHORT.test(route) ? [...faults, { kind: 'half_open' }] : faults);
}

function routeOf(message: IncomingMessage): string {
  const path = (message.url ?? '').replace(/\?.*$/, '').replace(/^\/v\d+\.\d+(?=\/)/, '');
  return `${message.method} ${path}`;
}

/** Where the engine is, over connections that stay: one that it closes right after its reply may lose that (EPIPE). */
interface Upstream {
  socketPath: string;
  agent: Agent;
}

/** Sends the request on; the reply is handed to `onReply`, a lost engine ends the client's connection. */
function forward(upstream: Upstream, message: IncomingMessage, response: ServerResponse, onReply: OnReply): void {
  const { method, url: path, headers } = message;
  const call = request({ ...upstream, method, path, headers });
  call.once('response', onReply);
  call.once('error', () => response.destroy());
  response.once('close', () => call.destroy());
  message.pipe(call);
}

type OnReply = (reply: IncomingMessage) => void;

function sendHead(reply: IncomingMessage, response: ServerResponse): void {
  response.writeHead(reply.statusCode ?? 502, reply.headers);
  // Streams (events, logs) may have a head long before a body.
  response.flushHeaders();
}

function passOn(reply: IncomingMessage, response: ServerResponse): void {
  sendHead(reply, response);
  pipeline(reply, response, () => undefined);
}

async function truncate(reply: IncomingMessage, response: ServerResponse, afterBytes: number): Promise<void> {
  sendHead(reply, response);
  let left = afterBytes;
  for await (const chunk of reply as AsyncIterable<Buffer>) {
    const part = chunk.subarray(0, left);
    left -= part.length;
    if (part.length > 0) await new Promise((written) => response.write(part, written));
    if (left === 0) break;
  }
  response.destroy();
}

function sendError(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
}

async function answer(upstream: Upstream, message: IncomingMessage, response: ServerResponse, fault?: Fault) {
  const pass = (onReply: OnReply) => forward(upstream, message, response, onReply);
  switch (fault?.kind) {
    case undefined:
      return pass((reply) => passOn(reply, response));
    case 'delay':
      await fault.until.catch(() => undefined);
      return pass((reply) => passOn(reply, response));
    case 'truncate':
      return pass((reply) => void truncate(reply, response, fault.afterBytes).catch(() => response.destroy()));
    case 'drop_reply':
      // The whole body: only then a build, a load or a stop has been carried out.
      return pass(
        (reply) =>
          void finished(reply.resume())
            .catch(() => undefined)
            .finally(() => response.destroy()),
      );
    case 'error':
      message.resume();
      return sendError(response, fault.status, fault.message);
    case 'refuse':
      return void response.destroy();
    case 'half_open':
      return void message.resume();
  }
}

/** Connections that change protocol (attach, exec) are passed on as bytes, request head included. */
async function passUpgrade(upstream: string, message: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
  // Node gives a body (that of an exec's start) to the message; what comes behind it goes over the connection.
  const body = await buffer(message);
  const engine = connect(upstream);
  const lines = [`${message.method} ${message.url} HTTP/1.1`];
  for (let i = 0; i < message.rawHeaders.length; i += 2) {
    lines.push(`${message.rawHeaders[i]}: ${message.rawHeaders[i + 1]}`);
  }
  engine.write(`${lines.join('\r\n')}\r\n\r\n`);
  engine.write(Buffer.concat([body, head]));
  pipeline(client, engine, () => undefined);
  pipeline(engine, client, () => undefined);
}

/** Starts a proxy for the engine at the unix socket `upstream`. */
export async function startEngineProxy({ upstream }: { upstream: string }): Promise<EngineProxy> {
  const dir = mkdtempSync(join(tmpdir(), 'dopq-px-'));
  const socket = join(dir, 'docker.sock');
  const rules: Rule[] = [];
  const requests: string[] = [];
  /** The way on to the engine of each connection: a new one is new there, too, as who asks whether the engine takes one relies on. */
  const connections = new Map<Socket, Agent>();

  /** Notes the request and finds what is to go wrong with it. */
  function strike(message: IncomingMessage): Fault | undefined {
    const route = routeOf(message);
    requests.push(route);
    const rule = rules.find((candidate) => candidate.left > 0 && candidate.matches(route));
    if (!rule) return undefined;
    rule.left -= 1;
    rule.hits += 1;
    return rule.fault(route);
  }

  function addRule(rule: Rule): FaultRule {
    rules.push(rule);
    return {
      get hits() {
        return rule.hits;
      },
      remove: () => void (rule.left = 0),
    };
  }

  const server = createServer((message, response) => {
    const agent = connections.get(message.socket);
    if (agent) void answer({ socketPath: upstream, agent }, message, response, strike(message));
    else response.destroy();
  });
  server.on('upgrade', (message, client, head) => {
    // What an upgraded connection answers is a stream of bytes: it can be cut, and no more.
    if (strike(message)) client.destroy();
    else void passUpgrade(upstream, message, client, head).catch(() => client.destroy());
  });
  server.on('connection', (connection) => {
    const agent = new Agent({ keepAlive: true });
    connections.set(connection, agent);
    connection.once('close', () => {
      connections.delete(connection);
      agent.destroy();
    });
  });
  const cut = () => {
    for (const connection of connections.keys()) connection.destroy();
  };
  server.listen(socket);
  await once(server, 'listening');

  return {
    socket,
    host: `unix://${socket}`,
    requests,
    cut,
    fault(route, fault, times = Number.POSITIVE_INFINITY) {
      return addRule({ matches: (asked) => route.test(asked), fault: () => fault, left: times, hits: 0 });
    },
    chaos(rate, chance) {
      const matches = () => chance.next() < rate;
      return addRule({ matches, fault: (route) => anyFault(route, chance), left: Number.POSITIVE_INFINITY, hits: 0 });
    },
    async [Symbol.asyncDispose]() {
      server.close();
      cut();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
