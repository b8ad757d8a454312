// A saved image brings its names along, and loading it gives them away: a tar that calls its image python:3.12 would
// change what everyone else builds from. So the names are taken out on the way.
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import { type Extract as Extraction, extract, type Pack, pack } from 'tar-stream';
import { z } from 'zod';

const Manifest = z.array(z.looseObject({ Config: z.string(), RepoTags: z.array(z.string()).nullish() })).min(1);
const Index = z.looseObject({ manifests: z.array(z.looseObject({ annotations: z.unknown() })) });

type Entry = Extraction extends AsyncIterable<infer E> ? E : never;

/** The lists of names in an archive are small; layers are only passed on. */
const MAX_LIST_BYTES = 4 * 1024 * 1024;

/** The archive is not what `docker save NAME` writes; the message says so to its owner. */
export class ArchiveError extends Error {}

/**
 * The same archive without names. Ends with an ArchiveError if it holds no image or several, and passes on an error of
 * `tar`.
 */
export function withoutNames(tar: Readable): Readable {
  const output = new PassThrough();
  const packed = pack();
  // It is told of the output's error, which is thrown there.
  packed.on('error', () => undefined);
  packed.pipe(output);
  output.once('close', () => packed.destroy());
  void copyEntries(tar, packed).catch((error: unknown) => {
    tar.destroy();
    output.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return output;
}

async function copyEntries(tar: Readable, packed: Pack): Promise<void> {
  const entries = extract();
  tar.once('error', (error) => entries.destroy(error));
  tar.pipe(entries);
  let manifests = 0;
  try {
    for await (const entry of entries) {
      if (entry.header.name === 'manifest.json') manifests += 1;
      await copyEntry(entry, packed);
    }
  } catch (error) {
    if (error instanceof ArchiveError || tar.errored) throw error;
    throw new ArchiveError(
      `The archive cannot be read as a tar: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (manifests === 0)
    throw new ArchiveError('The archive holds no image. Write it with: docker save -o image.tar NAME');
  packed.finalize();
}

async function copyEntry(entry: Entry, packed: Pack): Promise<void> {
  const { header } = entry;
  if (header.name === 'manifest.json') return put(packed, header.name, namelessManifest(await readJson(entry)));
  if (header.name === 'index.json') return put(packed, header.name, namelessIndex(await readJson(entry)));
  // The names again, in the form of Docker before 1.10.
  if (header.name === 'repositories') return void entry.resume();
  const sink = packed.entry(header);
  if (header.type !== 'file' && header.type !== 'contiguous-file') return void entry.resume();
  const finished = once(sink, 'finish');
  entry.pipe(sink);
  await finished;
}

function put(packed: Pack, name: string, value: unknown): void {
  packed.entry({ name }, JSON.stringify(value));
}

function namelessManifest(value: unknown): unknown {
  const images = Manifest.safeParse(value).data;
  if (!images) throw new ArchiveError('The archive holds no image. Write it with: docker save -o image.tar NAME');
  if (images.length > 1) {
    const names = images.map(({ RepoTags, Config }) => RepoTags?.[0] ?? Config).join(', ');
    throw new ArchiveError(
      `The archive holds several images (${names}); DoPQ cannot guess which one to run. Save one: docker save -o image.tar NAME`,
    );
  }
  return images.map((image) => ({ ...image, RepoTags: null }));
}

function namelessIndex(value: unknown): unknown {
  const index = Index.safeParse(value).data;
  return index ? { ...index, manifests: index.manifests.map(({ annotations: _, ...manifest }) => manifest) } : value;
}

async function readJson(entry: Entry): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of entry) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_LIST_BYTES) throw new ArchiveError(`${entry.header.name} in the archive is larger than 4 MiB`);
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new ArchiveError(`${entry.header.name} in the archive is no JSON`);
  }
}
