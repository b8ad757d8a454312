import { PassThrough } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { waitFor } from '@dopq/testbed';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { type BuildLog, build, type EngineUnderTest, runScript, savedImages, specOf, tarOf } from './fixtures.ts';

export function imageConformance(subject: () => EngineUnderTest): void {
  const from = () => `FROM ${subject().baseImage}`;

  describe('a build', () => {
    it('gives an image under its name, and tells its steps and output on the way', async () => {
      const { engine } = subject();
      const files = {
        Dockerfile: `${from()}\nRUN echo made of words\nCOPY a.txt /\nCMD ["sh", "-c", "exit 6"]`,
        'a.txt': 'a',
      };
      const { result, log } = await build(engine, files, { tag: 'dopq/built:1' });
      expect(result).toEqual({ ok: true, imageId: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
      expect(await engine.findImage('dopq/built:1')).toBe(result.ok && result.imageId);
      expect(log.text).toContain('made of words');
      expect(log.steps.map(({ text }) => text)).toContain('RUN echo made of words');
      expect(log.steps[0]).toMatchObject({ number: 1 });
      const { command: _, ...spec } = specOf((result.ok && result.imageId) || '', '');
      const container = await engine.createContainer(spec);
      await container.start();
      expect(await container.wait()).toBe(6);
    });

    it.each([
      ['a RUN that exits with an error', 'RUN exit 3', /returned a non-zero code: 3|exit code: 3/],
      ['RUN false', 'RUN false', /non-zero code: 1|exit code: 1/],
      ['an unknown instruction', 'FOO bar', /unknown instruction: FOO/],
      [
        'a COPY of a file that is not there',
        'COPY nothing.txt /',
        /nothing\.txt.*not (exist|found)|not found.*nothing\.txt/,
      ],
    ])('that meets %s is a result with the reason, and makes no image', async (_, line, reason) => {
      const { engine } = subject();
      const { result } = await build(engine, { Dockerfile: `${from()}\n${line}` }, { tag: 'dopq/failed:1' });
      expect(result).toEqual({ ok: false, error: expect.stringMatching(reason) });
      expect(await engine.findImage('dopq/failed:1')).toBeUndefined();
    });

    it('without a Dockerfile is a result', async () => {
      const { result } = await build(subject().engine, { 'other.txt': 'a' });
      expect(result).toMatchObject({ ok: false, error: expect.stringContaining('Dockerfile') });
    });

    it('ends by an abort and does not stand in the way of the next', async () => {
      const { engine } = subject();
      const giveUp = new AbortController();
      const log: BuildLog = { text: '', steps: [] };
      const files = { Dockerfile: `${from()}\nRUN echo begun; sleep 60` };
      const building = build(engine, files, { signal: giveUp.signal, log });
      await waitFor(() => log.text.includes('begun\n'));
      giveUp.abort(new Error('enough'));
      await expect(building).rejects.toThrow('enough');
      expect((await build(engine, { Dockerfile: `${from()}\nCMD ["true"]` })).result.ok).toBe(true);
    });

    it('whose context breaks off is an error of the caller', async () => {
      const context = new PassThrough();
      const building = build(subject().engine, {}, { context });
      context.write('x'.repeat(100));
      context.destroy(new Error('the zip is damaged'));
      await expect(building).rejects.toThrow('the zip is damaged');
    });
  });

  describe('a saved image', () => {
    it('is loaded under our name and under none of its own', async () => {
      const { engine } = subject();
      const tar = await savedImages([{ name: 'foreign/name:9', command: ['true'] }]);
      const result = await engine.load(tar, { tag: 'dopq/loaded:1', onOutput: () => undefined });
      expect(result).toEqual({ ok: true, imageId: expect.stringMatching(/^sha256:/) });
      expect(await engine.findImage('dopq/loaded:1')).toBe(result.ok && result.imageId);
      expect(await engine.findImage('foreign/name:9')).toBeUndefined();
    });

    it('is refused if there are several, or none, or no tar', async () => {
      const { engine } = subject();
      const options = { tag: 'dopq/refused:1', onOutput: () => undefined };
      const two = [
        { name: 'first:1', command: ['true'] },
        { name: 'second:1', command: ['true'] },
      ];
      expect(await engine.load(await savedImages(two), options)).toEqual({
        ok: false,
        error: expect.stringContaining('several images'),
      });
      expect(await engine.load(tarOf({ 'a.txt': 'a' }), options)).toMatchObject({ ok: false });
      const garbage = new PassThrough();
      garbage.end('not a tar '.repeat(200));
      expect(await engine.load(garbage, options)).toMatchObject({ ok: false });
      expect(await engine.findImage('dopq/refused:1')).toBeUndefined();
    });
  });

  describe('removing an image', () => {
    it('takes one name away, the image with the last one, and nothing a second time', async () => {
      const { engine } = subject();
      const files = { Dockerfile: `${from()}\nCMD ["only", "here"]` };
      await build(engine, files, { tag: 'dopq/twice:1' });
      const { result } = await build(engine, files, { tag: 'dopq/twice:2' });
      await engine.removeImage('dopq/twice:1');
      expect(await engine.findImage('dopq/twice:1')).toBeUndefined();
      expect(await engine.findImage('dopq/twice:2')).toBe(result.ok && result.imageId);
      await engine.removeImage('dopq/twice:2');
      await engine.removeImage('dopq/twice:2');
      expect(await engine.findImage((result.ok && result.imageId) || '')).toBeUndefined();
    });

    it('is refused while a container uses it', async () => {
      const { engine } = subject();
      const { result } = await build(engine, { Dockerfile: `${from()}\nCMD ["in", "use"]` }, { tag: 'dopq/used:1' });
      await engine.createContainer(specOf((result.ok && result.imageId) || '', 'true'));
      await expect(engine.removeImage('dopq/used:1')).rejects.toMatchObject({ code: 'conflict' });
    });
  });

  describe('what is stored', () => {
    it('is told for the images of one repository, each with its names and its age', async () => {
      const { engine } = subject();
      const files = { Dockerfile: `${from()}\nCOPY big /\nCMD ["stored"]`, big: 'x'.repeat(100_000) };
      const { result } = await build(engine, files, { tag: 'dopq/mine:1' });
      const id = result.ok ? result.imageId : '';
      await build(engine, files, { tag: 'dopq/mine:2' });
      await build(engine, { Dockerfile: `${from()}\nCMD ["other"]` }, { tag: 'dopq/mineral:1' });
      const { images, cacheBytes } = await engine.readStorage('dopq/mine');
      expect(images.map((image) => ({ ...image, names: image.names.toSorted() }))).toEqual([
        { id, names: ['dopq/mine:1', 'dopq/mine:2'], bytes: expect.any(Number), createdAt: expect.any(Number) },
      ]);
      expect(images[0]?.bytes).toBeGreaterThanOrEqual(100_000);
      expect(images[0]?.createdAt).toBeGreaterThan(Date.UTC(2020, 0));
      expect(cacheBytes).toBeGreaterThanOrEqual(0);
    });

    it('of the build cache goes where that is asked for, and images stay', async () => {
      const { engine } = subject();
      await build(engine, { Dockerfile: `${from()}\nRUN echo cached\nCMD ["kept"]` }, { tag: 'dopq/kept:1' });
      await engine.pruneBuildCache({ maxBytes: 0, unusedForMs: 3_600_000 });
      expect((await engine.readStorage('dopq/kept')).cacheBytes).toBe(0);
      expect(await engine.findImage('dopq/kept:1')).toBeDefined();
    });
  });

  describe('archives', () => {
    it('bring files into a container and out again', async () => {
      const container = await runScript(subject(), 'sleep 60');
      await container.archiveIn('/tmp', tarOf({ 'notes.txt': 'remember' }));
      const entries = (await container.archiveOut('/tmp/notes.txt')).pipe(extract());
      const files: Record<string, string> = {};
      for await (const entry of entries) files[entry.header.name] = await readText(entry);
      expect(files).toEqual({ 'notes.txt': 'remember' });
      await expect(container.archiveOut('/tmp/nothing.txt')).rejects.toMatchObject({ code: 'not_found' });
    });
  });
}
