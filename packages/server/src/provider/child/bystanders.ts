// What stands in an inbox and is no job, but was surely meant as one: another kind of archive, a folder that was not
// packed, loose files of a submission. Silence would leave its owner waiting for something that never comes.
import type { Dirent } from 'node:fs';
import { INVALID_FOLDER } from '../../conventions/invalid-folder.ts';
import { hasSuffix } from './check.ts';
import { refusalInPlace } from './refusal-in-place.ts';
import { identityOf, type SafeDir } from './safe-dir.ts';

const OTHER_ARCHIVES = [
  'zip',
  'tar',
  'tgz',
  'tar.gz',
  'tbz2',
  'tar.bz2',
  'txz',
  'tar.xz',
  'tzst',
  'tar.zst',
  '7z',
  'rar',
];
const LOOSE_FILES = ['Dockerfile', 'container_config.json'];
/** Whoever keeps a whole tree in the inbox pays with a slower word, not everybody with a slower look. */
const FOLDERS_PER_LOOK = 20;

export class Bystanders {
  /** Inbox -> what was told of there, by name. */
  readonly #told = new Map<string, Set<string>>();
  /** Folders that were no submission as they were then. */
  readonly #dismissed = new Map<string, string>();

  /** Says a word beside each of them, once, and takes it away when what it was about is gone. */
  async look(inbox: string, dir: SafeDir, names: readonly Dirent[], suffixes: readonly string[]): Promise<void> {
    const present = new Set(names.map(({ name }) => name));
    const told = this.#told.get(inbox) ?? new Set<string>();
    for (const name of told) if (!present.has(name)) await this.#takeBack(dir, name, told);
    const packed = suffixes.map((suffix) => `.${suffix}`).join(', ');
    for (const [name, why] of await this.#meantAsJobs(inbox, dir, names, suffixes)) {
      if (told.has(name)) continue;
      told.add(name);
      // An earlier Provider said it.
      if (!present.has(`${name}.status.txt`)) await refusalInPlace(dir, name, `${why} Here DoPQ takes ${packed}.`);
    }
    if (told.size > 0) this.#told.set(inbox, told);
    else this.#told.delete(inbox);
  }

  async #meantAsJobs(
    inbox: string,
    dir: SafeDir,
    names: readonly Dirent[],
    suffixes: readonly string[],
  ): Promise<[string, string][]> {
    const visible = names.filter(({ name }) => !name.startsWith('.'));
    const files = visible.filter((entry) => entry.isFile()).map(({ name }) => name);
    const archives = files.filter((name) => hasSuffix(name, OTHER_ARCHIVES) && !hasSuffix(name, suffixes));
    const loose = files.filter((name) => LOOSE_FILES.includes(name));
    const folders: string[] = [];
    const candidates = visible.filter((entry) => entry.isDirectory() && entry.name !== INVALID_FOLDER);
    for (const { name } of candidates.slice(0, FOLDERS_PER_LOOK)) {
      if (await this.#isSubmission(inbox, dir, name)) folders.push(name);
    }
    return [
      ...archives.map((name): [string, string] => [
        name,
        'it is an archive of another kind. Pack its files as a zip, or submit it with "dopq submit".',
      ]),
      ...loose.map((name): [string, string] => [
        name,
        'it is one file of a submission. Pack all of them into one zip, with the Dockerfile at its top.',
      ]),
      ...folders.map((name): [string, string] => [
        name,
        'it is a folder. Pack it as a zip, or submit it with "dopq submit".',
      ]),
    ];
  }

  async #isSubmission(inbox: string, parent: SafeDir, name: string): Promise<boolean> {
    const key = `${inbox}/${name}`;
    try {
      await using dir = await parent.dir(name);
      const identity = identityOf(await dir.own());
      if (this.#dismissed.get(key) === identity) return false;
      if (await dir.find('Dockerfile')) return true;
      this.#dismissed.set(key, identity);
    } catch {
      // It went, or is not ours to read.
    }
    return false;
  }

  async #takeBack(dir: SafeDir, name: string, told: Set<string>): Promise<void> {
    told.delete(name);
    await dir.remove(`${name}.status.txt`);
    await dir.remove(`${name}.status.json`);
  }
}
