import { Duplex, PassThrough, Writable } from 'node:stream';
import type { ExecResult, Terminal } from '../engine.ts';

/** A prompt that runs each line in the small shell, echoing as a terminal does. `exit` ends it. */
export function simulatedTerminal(run: (command: string[]) => Promise<ExecResult>): Terminal {
  const ended = Promise.withResolvers<number>();
  let line = '';
  let busy = Promise.resolve();
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      for (const key of chunk.toString()) {
        if (key === '\u0004') finish();
        else if (key === '\u0003') line = '';
        else if (key === '\r' || key === '\n') enter();
        else type(key);
      }
      done();
    },
    destroy(error, done) {
      ended.resolve(130);
      done(error);
    },
  });
  const print = (text: string) => stream.push(text.replaceAll(/\r?\n/g, '\r\n'));

  function type(key: string): void {
    line += key;
    print(key);
  }
  function finish(): void {
    stream.push(null);
    ended.resolve(0);
  }
  function enter(): void {
    const command = line.trim();
    line = '';
    print('\n');
    if (command === 'exit') return finish();
    busy = busy.then(() => answer(command));
  }
  async function answer(command: string): Promise<void> {
    const { stdout, stderr } = await run(['sh', '-c', command]).catch((error: Error) => ({
      stdout: '',
      stderr: error.message,
    }));
    print(`${stdout}${stderr}$ `);
  }

  print('$ ');
  return {
    input: stream,
    output: stream,
    resize: async () => undefined,
    exitCode: () => ended.promise,
    close: () => void stream.destroy(),
  };
}

/** One command beside a terminal or on pipes; it reads nothing of what it is sent. */
export function simulatedPipes(result: Promise<ExecResult>, plain: boolean): Terminal {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const ended = result.catch(
    (error: Error): ExecResult => ({ exitCode: 126, stdout: '', stderr: `${error.message}\n` }),
  );
  const show = async () => {
    const said = await ended;
    stdout.end(plain ? said.stdout : `${said.stdout}${said.stderr}`.replaceAll(/\r?\n/g, '\r\n'));
    stderr.end(said.stderr);
  };
  void show();
  return {
    input: new Writable({ write: (_chunk, _encoding, done) => done() }),
    output: stdout,
    ...(plain && { stderr }),
    resize: async () => undefined,
    exitCode: async () => (await ended).exitCode,
    close: () => undefined,
  };
}
