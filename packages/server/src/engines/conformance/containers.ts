import { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { waitFor } from '@dopq/testbed';
import { describe, expect, it } from 'vitest';
import { LABELS } from '../engine.ts';
import { type EngineUnderTest, runScript, specOf } from './fixtures.ts';

export function containerConformance(subject: () => EngineUnderTest): void {
  const image = async () => (await subject().engine.findImage(subject().baseImage)) ?? '';

  describe('the life of a container', () => {
    it('goes from created to running to exited, with its exit code and times', async () => {
      const container = await subject().engine.createContainer(specOf(await image(), 'sleep 0.3; exit 3'));
      const created = await container.inspect();
      expect(created).toMatchObject({ status: 'created', oomKilled: false });
      expect(created.startedAt).toBeUndefined();
      expect(created.exitCode).toBeUndefined();
      await container.start();
      const running = await container.inspect();
      expect(running.status).toBe('running');
      expect(running.exitCode).toBeUndefined();
      expect(running.startedAt).toBeGreaterThanOrEqual(created.createdAt);
      expect(await container.wait()).toBe(3);
      const ended = await container.inspect();
      expect(ended).toMatchObject({ status: 'exited', exitCode: 3 });
      expect(ended.finishedAt).toBeGreaterThan(running.startedAt ?? Number.NaN);
    });

    it('starts once: a running one is left alone, an ended one is refused', async () => {
      const container = await runScript(subject(), 'sleep 0.2; exit 0');
      const { startedAt } = await container.inspect();
      await container.start();
      expect((await container.inspect()).startedAt).toBe(startedAt);
      await container.wait();
      await expect(container.start()).rejects.toMatchObject({ code: 'conflict' });
      expect((await container.inspect()).startedAt).toBe(startedAt);
    });

    it('is found again by a second create of the same attempt', async () => {
      const spec = specOf(await image(), 'sleep 60');
      const [first, second] = await Promise.all([
        subject().engine.createContainer(spec),
        subject().engine.createContainer(spec),
      ]);
      expect(second.id).toBe(first.id);
      const other = { ...spec, labels: { ...spec.labels, [LABELS.attempt]: '2' } };
      await expect(subject().engine.createContainer(other)).rejects.toMatchObject({ code: 'conflict' });
    });

    it('cannot be made of an image that is not there', async () => {
      const spec = specOf(`sha256:${'0'.repeat(64)}`, 'true');
      await expect(subject().engine.createContainer(spec)).rejects.toMatchObject({ code: 'not_found' });
    });

    it('is listed with our labels before, while and after it runs', async () => {
      const spec = specOf(await image(), 'sleep 60');
      const container = await subject().engine.createContainer(spec);
      const find = async () => (await subject().engine.listContainers()).find(({ id }) => id === container.id);
      expect(await find()).toMatchObject({ name: spec.name, status: 'created' });
      await container.start();
      expect(await find()).toMatchObject({ status: 'running' });
      await container.kill();
      await container.wait();
      const ended = await find();
      expect(ended).toEqual(await container.inspect());
      expect(ended?.labels).toMatchObject(spec.labels);
      expect(ended?.labels[LABELS.instance]).toBeTruthy();
    });

    it('ends within the grace when it heeds TERM, and by KILL after it when it does not', async () => {
      const obedient = await runScript(subject(), 'sleep 60');
      await obedient.stop(60);
      expect(await obedient.wait()).toBe(143);
      const stubborn = await runScript(subject(), "trap '' TERM; echo ready; sleep 60");
      await waitFor(async () => (await stubborn.recentLogs(1)).includes('ready'));
      await stubborn.stop(1);
      expect(await stubborn.wait()).toBe(137);
      await stubborn.stop(1);
    });

    it('may answer TERM with an exit code of its own', async () => {
      const container = await runScript(subject(), "trap 'exit 9' TERM; echo ready; while true; do sleep 0.05; done");
      await waitFor(async () => (await container.recentLogs(1)).includes('ready'));
      await container.stop(30);
      expect(await container.wait()).toBe(9);
    });

    it('is killed at once, and killing an ended one does nothing', async () => {
      const container = await runScript(subject(), 'sleep 60');
      await container.kill();
      expect(await container.wait()).toBe(137);
      await container.kill();
    });

    it('stands still while it is paused', async () => {
      const container = await runScript(subject(), 'for i in $(seq 1 1000); do echo $i; sleep 0.02; done');
      const lines = async () => (await container.recentLogs(2000)).split('\n').length;
      await waitFor(async () => (await lines()) > 3);
      await container.pause();
      expect((await container.inspect()).status).toBe('paused');
      const before = await lines();
      await expect(container.pause()).rejects.toMatchObject({ code: 'conflict' });
      expect(await lines()).toBe(before);
      await container.unpause();
      await waitFor(async () => (await lines()) > before);
      await expect(container.unpause()).rejects.toMatchObject({ code: 'conflict' });
    });

    it('is removed when it has ended, a running one only by force, and once more without complaint', async () => {
      const container = await runScript(subject(), 'sleep 60');
      await expect(container.remove()).rejects.toMatchObject({ code: 'conflict' });
      await container.remove({ force: true });
      await container.remove();
      await expect(container.inspect()).rejects.toMatchObject({ code: 'not_found' });
      await expect(container.start()).rejects.toMatchObject({ code: 'not_found' });
    });
  });

  describe('waiting for the end', () => {
    it('may begin before the start and be asked again after the end', async () => {
      const container = await subject().engine.createContainer(specOf(await image(), 'exit 5'));
      const early = container.wait();
      await container.start();
      expect(await early).toBe(5);
      expect(await container.wait()).toBe(5);
    });

    it('can be given up', async () => {
      const container = await runScript(subject(), 'sleep 60');
      const giveUp = new AbortController();
      const waiting = container.wait(giveUp.signal);
      giveUp.abort(new Error('enough'));
      await expect(waiting).rejects.toThrow('enough');
    });
  });

  describe('logs', () => {
    it('come whole and in order, or only the last lines, or one stream', async () => {
      const container = await runScript(subject(), 'echo one; sleep 0.1; echo two >&2; sleep 0.1; echo three');
      await container.wait();
      expect(await readText(await container.logs())).toBe('one\ntwo\nthree\n');
      expect(await container.recentLogs(2)).toBe('two\nthree\n');
      expect(await readText(await container.logs({ stderr: false }))).toBe('one\nthree\n');
      expect(await readText(await container.logs({ stdout: false }))).toBe('two\n');
    });

    it('carry timestamps that can be read from again', async () => {
      const container = await runScript(subject(), 'echo one; sleep 0.2; echo two');
      await container.wait();
      const lines = (await readText(await container.logs({ timestamps: true }))).trim().split('\n');
      expect(lines).toEqual([expect.stringMatching(STAMPED), expect.stringMatching(STAMPED)]);
      const since = Date.parse(lines[1]?.split(' ')[0] ?? '');
      expect(await readText(await container.logs({ since }))).toBe('two\n');
    });

    it('are followed until the container ends', async () => {
      const container = await runScript(subject(), 'echo one; sleep 0.3; echo two');
      expect(await readText(await container.logs({ follow: true }))).toBe('one\ntwo\n');
      expect((await container.inspect()).status).toBe('exited');
    });

    it('are no longer followed after an abort', async () => {
      const container = await runScript(subject(), 'echo one; sleep 60');
      const giveUp = new AbortController();
      const reading = readText(await container.logs({ follow: true }, giveUp.signal));
      giveUp.abort(new Error('enough'));
      await expect(reading).rejects.toThrow('enough');
    });
  });

  describe('inside a container', () => {
    it('a command gives its exit code and both outputs apart', async () => {
      const container = await runScript(subject(), 'sleep 60', { env: { COLOUR: 'blue' } });
      const result = await container.exec(['sh', '-c', 'echo $COLOUR $SHAPE; echo oops >&2; exit 4'], {
        env: { SHAPE: 'round' },
      });
      expect(result).toEqual({ exitCode: 4, stdout: 'blue round\n', stderr: 'oops\n' });
    });

    it('a terminal takes what is typed, shows it and what comes of it, and ends with the command', async () => {
      const container = await runScript(subject(), 'sleep 60', { env: { COLOUR: 'blue' } });
      const terminal = await container.terminal(['/bin/sh'], { columns: 100, rows: 30, env: { SHAPE: 'round' } });
      let shown = '';
      terminal.output.on('data', (chunk: Buffer) => (shown += chunk.toString()));
      const ended = new Promise<void>((resolve) => void terminal.output.once('end', resolve));
      await terminal.resize({ columns: 120, rows: 40 });
      terminal.input.write('echo it-is-$COLOUR\n');
      await waitFor(() => shown.includes('it-is-blue'), { timeoutMs: 90_000, message: 'the answer of the shell' });
      terminal.input.write('exit\n');
      await ended;
      expect(await terminal.exitCode()).toBe(0);
      expect(shown).toContain('echo it-is-$COLOUR');
    });

    it('without a terminal stdout and stderr are apart and unchanged, and the exit code is that of the command', async () => {
      const container = await runScript(subject(), 'sleep 60');
      const command = ['sh', '-c', 'echo out; echo err >&2; exit 7'];
      const pipes = await container.terminal(command, { columns: 80, rows: 24, plain: true });
      pipes.input.end();
      const said = await Promise.all([readText(pipes.output), readText(pipes.stderr ?? Readable.from([]))]);
      expect({ said, exitCode: await pipes.exitCode() }).toEqual({ said: ['out\n', 'err\n'], exitCode: 7 });
    });

    it('a command has a deadline', async () => {
      const container = await runScript(subject(), 'sleep 60');
      await expect(container.exec(['sleep', '60'], { timeoutMs: 200 })).rejects.toMatchObject({ code: 'timeout' });
    });

    it('nothing runs after its end', async () => {
      const container = await runScript(subject(), 'exit 0');
      await container.wait();
      await expect(container.exec(['true'])).rejects.toMatchObject({ code: 'conflict' });
      const size = { columns: 80, rows: 24 };
      await expect(container.terminal(['/bin/sh'], size)).rejects.toMatchObject({ code: 'conflict' });
      await expect(container.stats()).rejects.toMatchObject({ code: 'conflict' });
    });

    it('there are processes and figures to look at', async () => {
      const container = await runScript(subject(), 'echo here; sleep 60');
      const { titles, processes } = await container.top();
      const command = processes.map((process) => process[titles.indexOf('CMD')]).join('\n');
      expect(command).toContain('sleep 60');
      const stats = await container.stats();
      expect(stats.memoryLimitBytes).toBe(64 * 1024 * 1024);
      expect(stats.memoryBytes).toBeLessThanOrEqual(stats.memoryLimitBytes);
      expect(stats.pids).toBeGreaterThan(0);
    });
  });

  describe('hints', () => {
    it('begin with the connection, tell of an end, and stop when disposed', async () => {
      const hints: string[] = [];
      const about = new Map<string, string | undefined>();
      const watch = subject().engine.watch((hint, container) => {
        hints.push(hint);
        about.set(hint, container);
      });
      await waitFor(() => hints.includes('connected'));
      const container = await runScript(subject(), 'exit 0');
      await container.wait();
      await waitFor(() => hints.includes('die'));
      const { name } = await container.inspect();
      expect([about.get('connected'), about.get('start'), about.get('die')]).toEqual([undefined, name, name]);
      await watch[Symbol.asyncDispose]();
      const heard = hints.length;
      await (await runScript(subject(), 'exit 0')).wait();
      expect(hints).toHaveLength(heard);
    });
  });
}

const STAMPED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z \w+$/;
