// Writes config.ini at first start: every key with its comment, everything below one folder.
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { parseConfig } from './config.ts';
import { makeFolder, makeFolders } from './folders.ts';
import { formatOption } from './ini.ts';
import { KEYS, type Key, SECTIONS } from './keys.ts';
import { path } from './kinds.ts';

const HEAD = `# Configuration of DoPQ, read at its start. Sections and keys are those of DoPQ 1.0, with newer ones beside them.
# Rules of Python's configparser: "key = value" or "key: value", comments on lines of their own, "%" written as "%%".
# \`dopq serve --print-config\` shows what is in force. A key that is not here has its default.
`;

/**
 * Writes config.ini, if there is none, with all data below `dataHome`, and makes the folders it names, the share too: from
 * then on a share that is missing is taken for one that is not mounted.
 * @param values what this machine has in place of the written defaults
 * @returns true if it was written, false if the file is there already
 */
export function writeDefaultConfig(at: { file: string; dataHome: string }, values: ConfigValues = {}): boolean {
  if (existsSync(at.file)) return false;
  const text = formatDefaultConfig(at.dataHome, values);
  const { config } = parseConfig(text, { file: at.file });
  mkdirSync(dirname(at.file), { recursive: true });
  const temporary = join(dirname(at.file), `.config.ini.${randomUUID()}`);
  try {
    writeWhole(temporary, text);
    // The folders first: a stop in between then repeats harmlessly. link() puts the file in place whole, or not at all.
    makeFolders(config);
    makeFolder(config.paths.network, 0o755);
    for (const { source } of config.docker.mounts) makeFolder(source, 0o755);
    linkSync(temporary, at.file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Values of a new config.ini by `section.key`. */
export type ConfigValues = Readonly<Record<string, string>>;

/** The text of a new config.ini whose data lies below `home`. */
export function formatDefaultConfig(home: string, values: ConfigValues = {}): string {
  const sections = SECTIONS.map((section) => {
    const keys = KEYS.filter((key) => key.section === section).map((key) => formatKey(key, home, values));
    return `[${section}]\n${keys.join('\n')}`;
  });
  return `${HEAD}\n${sections.join('\n')}`;
}

function formatKey(key: Key, home: string, values: ConfigValues): string {
  const words = key.superseded === undefined ? key.comment : `${key.comment} It has no effect: ${key.superseded}.`;
  const rule = key.superseded === undefined && key.kind !== path ? [`(${key.kind.rule})`] : [];
  const comment = [...wrap(words, 100), ...rule].map((line) => `# ${line}`);
  // A mount cannot name a folder with ":" or ",": then there is none until somebody says where results go.
  const unfit = key.field === 'docker.mounts' && /[:,]/.test(home);
  const value = unfit ? '' : (key.written ?? key.default ?? '').replace('{home}', () => home);
  return `${comment.join('\n')}\n${formatOption(key.name, values[`${key.section}.${key.name}`] ?? value)}\n`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function writeWhole(file: string, text: string): void {
  // There are no secrets in it, and people want to see how their queue is set up.
  const descriptor = openSync(file, 'wx', 0o644);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
