// `dopq exec`: this terminal becomes one inside the container, as with `docker exec -it`; without a terminal at both ends
// it is a pipe, as with `docker exec -i`, and bytes go both ways as they are.
import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'undici';
import { RAW_ROUTES } from '@dopq/contract/routes';
import type { Connection } from './connection.ts';
import { EXIT, Failure } from './failure.ts';

/** As much as is on its way before input waits for the command. */
const AHEAD_BYTES = 1024 * 1024;
const LOOK_AGAIN_MS = 10;
/** The server takes no longer messages. */
const PIECE_BYTES = 32 * 1024;
/** What the engine says instead of the command; some of its versions then give the code of one that may not run. */
const NOT_THERE = /^OCI runtime exec failed: .*(?:no such file or directory|executable file not found)/;
/** First byte of a message where there is no terminal. */
const STDERR = 2;

/** @param command nothing = a shell. @returns the exit code of the command */
export async function enterTerminal(connection: Connection, id: number, command: readonly string[]): Promise<number> {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const { columns, rows } = terminalSize();
  const query: [string, string][] = [
    ['columns', String(columns)],
    ['rows', String(rows)],
    ['tty', isTerminal ? '1' : '0'],
    ...command.map((word): [string, string] => ['command', word]),
  ];
  const socket = await connection.webSocket(RAW_ROUTES.terminal(id), query);
  socket.binaryType = 'arraybuffer';
  const ended = Promise.withResolvers<number>();
  let isOpen = false;
  let exit: number = EXIT.notItsFault;
  let first: Uint8Array | undefined;
  using ends = new DisposableStack();
  socket.addEventListener('open', () => {
    isOpen = true;
    ends.use(isTerminal ? joinTerminal(socket) : joinPipe(socket));
  });
  socket.addEventListener('message', ({ data }: { data: unknown }) => {
    if (typeof data === 'string') {
      exit = (JSON.parse(data) as { exit?: number | null }).exit ?? exit;
      return;
    }
    const message = new Uint8Array(data as ArrayBuffer);
    const bytes = isTerminal ? message : message.subarray(1);
    first ??= bytes;
    (!isTerminal && message[0] === STDERR ? process.stderr : process.stdout).write(bytes);
  });
  socket.addEventListener('error', () => {
    if (!isOpen)
      ended.reject(
        new Failure(`No terminal could be opened in job #${id}.`, { fix: 'It may have ended; see `dopq show`.' }),
      );
  });
  socket.addEventListener('close', () => ended.resolve(exit));
  const code = await ended.promise;
  return code === EXIT.mayNotRun && NOT_THERE.test(new TextDecoder().decode(first)) ? EXIT.isNotThere : code;
}

function terminalSize(): { columns: number; rows: number } {
  return { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 };
}

/** Every key goes there, and the size whenever it changes. */
function joinTerminal(socket: WebSocket): Disposable {
  const { stdin, stdout } = process;
  const send = (chunk: Buffer) => socket.send(new Uint8Array(chunk));
  const resized = () => socket.send(JSON.stringify({ resize: terminalSize() }));
  const restore = () => void (stdin.isTTY && stdin.setRawMode(false));
  process.once('exit', restore);
  stdin.setRawMode(true);
  stdin.on('data', send);
  stdout.on('resize', resized);
  return {
    [Symbol.dispose]() {
      process.off('exit', restore);
      stdin.off('data', send).pause();
      stdout.off('resize', resized);
      restore();
    },
  };
}

/** What stdin has, then its end. */
function joinPipe(socket: WebSocket): Disposable {
  void (async () => {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES)
        socket.send(new Uint8Array(chunk.subarray(at, at + PIECE_BYTES)));
      while (socket.bufferedAmount > AHEAD_BYTES && socket.readyState === socket.OPEN) await sleep(LOOK_AGAIN_MS);
      if (socket.readyState !== socket.OPEN) return;
    }
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ eof: true }));
  })().catch(() => {
    // What was typed into a pipe that broke: the command sees the end of its input.
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ eof: true }));
  });
  return { [Symbol.dispose]: () => void process.stdin.destroy() };
}
