// `dopq exec`: this terminal becomes one inside the container. Bytes go both ways as they are, as with `docker exec -it`.
import { RAW_ROUTES } from '@dopq/contract';
import type { Connection } from './connection.ts';
import { EXIT, Failure } from './failure.ts';

/** End of input, as a person types it. */
const CTRL_D = new Uint8Array([4]);

/** @param command nothing = a shell. @returns the exit code of the command */
export async function enterTerminal(connection: Connection, id: number, command: readonly string[]): Promise<number> {
  const { stdin, stdout } = process;
  const size = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  const { columns, rows } = size();
  const query: [string, string][] = [
    ['columns', String(columns)],
    ['rows', String(rows)],
    ...command.map((word): [string, string] => ['command', word]),
  ];
  const socket = await connection.webSocket(RAW_ROUTES.terminal(id), query);
  socket.binaryType = 'arraybuffer';
  const ended = Promise.withResolvers<number>();
  let isOpen = false;
  let exit: number = EXIT.notItsFault;

  const send = (chunk: Buffer) => socket.send(new Uint8Array(chunk));
  const resized = () => socket.send(JSON.stringify({ resize: size() }));
  const inputEnded = () => socket.send(CTRL_D);
  socket.addEventListener('open', () => {
    isOpen = true;
    if (stdin.isTTY) stdin.setRawMode(true);
    stdin.on('data', send).once('end', inputEnded);
    stdout.on('resize', resized);
  });
  socket.addEventListener('message', ({ data }: { data: unknown }) => {
    if (typeof data !== 'string') stdout.write(new Uint8Array(data as ArrayBuffer));
    else exit = (JSON.parse(data) as { exit?: number | null }).exit ?? exit;
  });
  socket.addEventListener('error', () => {
    if (!isOpen)
      ended.reject(
        new Failure(`No terminal could be opened in job #${id}.`, { fix: 'It may have ended; see `dopq show`.' }),
      );
  });
  socket.addEventListener('close', () => ended.resolve(exit));
  const restore = () => void (stdin.isTTY && stdin.setRawMode(false));
  process.once('exit', restore);
  try {
    return await ended.promise;
  } finally {
    process.off('exit', restore);
    stdin.off('data', send).off('end', inputEnded).pause();
    stdout.off('resize', resized);
    restore();
  }
}
