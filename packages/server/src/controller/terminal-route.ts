// A terminal inside one's own running job, over a WebSocket: bytes both ways, and little JSON texts beside them.
import { STATUS_CODES } from 'node:http';
import type { Readable } from 'node:stream';
import { DopqError, RAW_RIGHTS, RAW_ROUTES, TerminalControl, TerminalQuery } from '@dopq/contract';
import type { FastifyInstance } from 'fastify';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Terminal } from '../engines/engine.ts';
import { maskText } from '../secrets/mask.ts';
import type { JobRecord } from '../store/jobs.ts';
import { actorOf, type Caller } from './caller.ts';
import type { ControllerDeps } from './deps.ts';
import { engineRefusal } from './measured.ts';
import { recordOf } from './jobs.ts';
import { upgradeOf } from './upgrades.ts';

const Params = z.object({ id: z.coerce.number().int().positive() });
const MOST_TERMINALS = 200;
/** More than this in flight, and the command waits for its reader. */
const BUFFER_BYTES = 1024 * 1024;
const MAX_INPUT_BYTES = 64 * 1024;
const BEAT_MS = 30_000;

export function addTerminalRoute(app: FastifyInstance, deps: ControllerDeps): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_INPUT_BYTES, perMessageDeflate: false });
  app.get(RAW_ROUTES.terminal(':id'), { config: { rights: RAW_RIGHTS.terminal } }, async (request, reply) => {
    const upgrade = upgradeOf(request.raw);
    if (!upgrade)
      throw new DopqError('BAD_REQUEST', 'A terminal needs a WebSocket.', { fix: 'Use `dopq exec`, or the page.' });
    const job = recordOf(deps, Params.parse(request.params).id);
    refuseOthers(job, request.caller);
    if (sockets.clients.size >= MOST_TERMINALS) throw new DopqError('TOO_BUSY', 'Too many terminals are open.');
    const { command, columns, rows, tty } = TerminalQuery.parse(request.query);
    const terminal = await openTerminal(deps, job, command, { columns, rows, plain: tty === '0' });
    reply.hijack();
    sockets.handleUpgrade(request.raw, upgrade.socket, upgrade.head, (socket) => {
      tell(deps, request.caller, job, command);
      join(socket, terminal);
    });
    return reply;
  });
}

/** Nobody else's, whatever their role: inside are the user's own secrets. Root on the server's own host has them anyway. */
function refuseOthers({ id, user, state, outcome }: JobRecord, caller: Caller): void {
  if (caller.how !== 'admin socket' && caller.user !== user) {
    throw new DopqError('NOT_YOUR_JOB', `Job #${id} belongs to ${user}: only ${user} may look inside.`, {
      fix: 'Ask its owner.',
    });
  }
  if (state !== 'running')
    throw new DopqError('JOB_NOT_RUNNING', `Job #${id} does not run: it is ${outcome ?? state}.`);
}

async function openTerminal(
  deps: ControllerDeps,
  job: JobRecord,
  command: string[],
  options: { columns: number; rows: number; plain: boolean },
): Promise<Terminal> {
  const attempt = deps.store.attempts.get(job.id, job.attempt);
  try {
    const container = deps.engine.container(attempt.containerId ?? attempt.containerName);
    return await container.terminal(command, { ...options, env: options.plain ? {} : { TERM: 'xterm-256color' } });
  } catch (error) {
    throw engineRefusal(error, job.id);
  }
}

function tell({ store, clock, secrets }: ControllerDeps, caller: Caller, job: JobRecord, command: string[]): void {
  const words = maskText(command.join(' '), secrets.toMask(job.user)).slice(0, 200);
  const message = `${words} in a terminal`;
  store.events.append({ at: clock.now(), jobId: job.id, actor: actorOf(caller), kind: 'terminal', message });
}

const [STDOUT, STDERR] = [Buffer.from([1]), Buffer.from([2])];

function join(socket: WebSocket, terminal: Terminal): void {
  const { input, output, stderr } = terminal;
  let isAlive = true;
  const beat = setInterval(() => {
    if (socket.isPaused) return;
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, BEAT_MS).unref();
  socket.on('pong', () => {
    isAlive = true;
  });
  forward(socket, output, stderr && STDOUT);
  if (stderr) forward(socket, stderr, STDERR);
  void Promise.all([ended(output), ended(stderr)]).then(() => sayGoodbye(socket, terminal));
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) void control(terminal, data.toString());
    else if (input.writable && !input.write(data)) {
      // A command that does not read keeps its sender waiting.
      socket.pause();
      input.once('drain', () => socket.resume());
    }
  });
  // A command that has ended reads no more.
  input.on('error', () => socket.resume());
  socket.on('error', () => socket.terminate());
  socket.once('close', () => {
    clearInterval(beat);
    terminal.close();
  });
}

/** @param mark first byte of each message, if there is more than one stream */
function forward(socket: WebSocket, source: Readable, mark?: Buffer): void {
  source.on('data', (chunk: Buffer) => {
    socket.send(mark ? Buffer.concat([mark, chunk]) : chunk, { binary: true }, () => {
      if (socket.bufferedAmount <= BUFFER_BYTES) source.resume();
    });
    if (socket.bufferedAmount > BUFFER_BYTES) source.pause();
  });
  source.on('error', () => socket.close(1011, 'the engine went away'));
}

function ended(source: Readable | undefined): Promise<void> {
  return new Promise((resolve) => (source ? void source.once('end', resolve) : resolve()));
}

async function sayGoodbye(socket: WebSocket, terminal: Terminal): Promise<void> {
  socket.resume();
  const exit = await terminal.exitCode().catch(() => null);
  socket.send(JSON.stringify({ exit }));
  socket.close(1000, STATUS_CODES[200]);
}

/** What cannot be read is left alone. */
async function control(terminal: Terminal, text: string): Promise<void> {
  const { data: wanted } = TerminalControl.safeParse(parseJson(text));
  if (wanted === undefined) return;
  if ('resize' in wanted) await terminal.resize(wanted.resize).catch(() => undefined);
  // A terminal knows no end of input but the key for it.
  else if (terminal.stderr) terminal.input.end();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
