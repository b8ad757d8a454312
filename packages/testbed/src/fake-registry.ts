// A registry inside a private engine's network: small, but it speaks the distribution protocol, asks for a password and
// fails when told to. Engines take registries on 127.0.0.1 without TLS.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { PrivateEngine } from './engine.ts';

export interface FakeRegistry extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** The one image it has; pulled only with the password. */
  readonly image: string;
  readonly username: string;
  readonly password: string;
  /** From now on it answers everything with this status; undefined = as it should. */
  fail(status: number | undefined): void;
  /** Requests with the right password so far, for manifests. */
  pulls(): number;
}

const PROGRAM = fileURLToPath(new URL('fake-registry-program.ts', import.meta.url));
const LOGIN = { username: 'puller', password: 'pass:word' };

export async function startFakeRegistry(engine: PrivateEngine): Promise<FakeRegistry> {
  const args = ['-t', String(engine.pid), '-n', process.execPath, PROGRAM, LOGIN.username, LOGIN.password];
  const child = spawn('nsenter', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout);
  const [port] = (await once(lines, 'line')) as [string];
  let pulls = 0;
  lines.on('line', () => pulls++);
  return {
    host: `127.0.0.1:${port}`,
    image: `127.0.0.1:${port}/team/base:1`,
    ...LOGIN,
    fail: (status) => void child.stdin.write(`${status ?? 'well'}\n`),
    pulls: () => pulls,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
