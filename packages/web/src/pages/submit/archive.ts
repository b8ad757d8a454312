// An archive as it was dropped: a zip, or a folder that becomes one. Nothing leaves the browser before it is sent.
import { BlobReader, BlobWriter, configure, TextReader, TextWriter, ZipReader, ZipWriter } from '@zip.js/zip.js';

// The page's policy allows no worker made of text; the browser's own compression needs none.
configure({ useWebWorkers: false });

export const CONFIG = 'container_config.json';
const DOCKERFILE = 'Dockerfile';
/** Larger ones are not a Dockerfile or a configuration. */
const MOST_TEXT = 1024 * 1024;

export interface Archive {
  /** Of the zip that is sent. */
  name: string;
  bytes: number;
  entries: number;
  /** The text of container_config.json; null where there is none. */
  config: string | null;
  dockerfile: string | null;
  /** The zip, with this text as its container_config.json. */
  pack: (config: string) => Promise<Blob>;
}

export interface PickedFile {
  /** Relative to the folder. */
  path: string;
  file: File;
}

/** @throws Error if it is no zip */
export async function readZip(file: File): Promise<Archive> {
  const reader = new ZipReader(new BlobReader(file));
  const entries = await reader.getEntries().catch((error: unknown) => {
    throw new Error(`${file.name} cannot be read as a zip: ${error instanceof Error ? error.message : String(error)}`);
  });
  const root = rootOf(entries.map(({ filename }) => filename));
  const text = async (name: string): Promise<string | null> => {
    const entry = entries.find(({ filename }) => filename === root + name);
    if (!entry || entry.directory || entry.uncompressedSize > MOST_TEXT) return null;
    return await entry.getData(new TextWriter());
  };
  const config = await text(CONFIG);
  return {
    name: file.name,
    bytes: file.size,
    entries: entries.length,
    config,
    dockerfile: await text(DOCKERFILE),
    async pack(wanted) {
      if (wanted === config) return file;
      const writer = new ZipWriter(new BlobWriter('application/zip'));
      for (const entry of entries) {
        if (entry.filename === root + CONFIG) continue;
        if (entry.directory) await writer.add(entry.filename, undefined, { directory: true });
        else
          await writer.add(entry.filename, new BlobReader(await entry.getData(new BlobWriter())), {
            unixMode: (entry.externalFileAttributes ?? 0) >>> 16 || 0o644,
          });
      }
      await writer.add(root + CONFIG, new TextReader(wanted));
      return await writer.close();
    },
  };
}

/** The files may lie in one folder of the zip. */
function rootOf(names: string[]): string {
  if (names.includes(DOCKERFILE) || names.includes(CONFIG)) return '';
  const found = names.find((name) => /^[^/]+\/(Dockerfile|container_config\.json)$/.test(name));
  return found ? `${found.split('/')[0]}/` : '';
}

/** A folder as an archive. What version control keeps for itself is left out. */
export async function readFolder(name: string, files: PickedFile[]): Promise<Archive> {
  const kept = files.filter(({ path }) => !/(^|\/)(\.git|__pycache__|\.DS_Store)(\/|$)/.test(path));
  const text = async (wanted: string): Promise<string | null> => {
    const found = kept.find(({ path }) => path === wanted);
    return found && found.file.size <= MOST_TEXT ? await found.file.text() : null;
  };
  return {
    name: `${name}.zip`,
    bytes: kept.reduce((sum, { file }) => sum + file.size, 0),
    entries: kept.length,
    config: await text(CONFIG),
    dockerfile: await text(DOCKERFILE),
    async pack(wanted) {
      const writer = new ZipWriter(new BlobWriter('application/zip'));
      for (const { path, file } of kept) if (path !== CONFIG) await writer.add(path, new BlobReader(file));
      await writer.add(CONFIG, new TextReader(wanted));
      return await writer.close();
    },
  };
}

/** What the archive says it needs; where it says nothing, something to begin with. */
export const configToBegin = ({ name, config }: Archive): string =>
  config ?? `${JSON.stringify({ name: name.replace(/\.zip$/i, ''), required_memory: '8g', num_gpus: 1 }, null, 2)}\n`;

/** What somebody dropped: one zip, or one folder. @throws Error in words */
export async function readDrop(items: DataTransfer): Promise<Archive> {
  const [entry] = [...items.items].map((item) => item.webkitGetAsEntry()).filter((one) => one !== null);
  if (entry?.isDirectory) return await readFolder(entry.name, await filesBelow(entry as FileSystemDirectoryEntry, ''));
  const [file] = items.files;
  if (!file) throw new Error('That was no file. Drop a zip, or the folder with the Dockerfile.');
  return await readZip(file);
}

async function filesBelow(folder: FileSystemDirectoryEntry, prefix: string): Promise<PickedFile[]> {
  const reader = folder.createReader();
  const found: PickedFile[] = [];
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return found;
    for (const entry of entries) {
      const path = prefix + entry.name;
      if (entry.name === '.git') continue;
      if (entry.isDirectory) found.push(...(await filesBelow(entry as FileSystemDirectoryEntry, `${path}/`)));
      else
        found.push({
          path,
          file: await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)),
        });
    }
  }
}
