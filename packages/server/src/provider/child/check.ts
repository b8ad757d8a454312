// Is this archive a submission? Reads our own copy from end to end and answers with the submission and how its image
// is made, or with everything that is wrong.
import { type Problem, parseSubmission, type Submission, type SubmissionOptions } from '@dopq/contract';
import { ArchiveFailure, refusal } from './archive-failure.ts';
import { hashContext } from './context.ts';
import { remarksOnDockerfile } from './dockerfile-remarks.ts';
import { inspectImageTar, readTar } from './image-tar.ts';
import { CONFIG_FILE, findConfig, findDockerfile, findImageTar, type Found, folderOf } from './layout.ts';
import { ZipArchive } from './zip-archive.ts';
import type { ZipLimits } from './zip-directory.ts';

/** How the image of a submission is made. `content` names what it is made from: equal content, equal image. */
export type Recipe =
  | { how: 'build'; folder: string; dockerfile: string; dockerfileText: string; content: string }
  /** A `docker save` tar: the archive itself, or a file inside the zip. */
  | { how: 'load'; inside: string | null; content: string }
  /** An image that the engine has to have. */
  | { how: 'image'; image: string };

/** container_config.json as it lies in the archive. */
export interface ConfigFile {
  file: string;
  content: Uint8Array;
}

export type Checked =
  /** `config`: undefined where an image brings none, and the defaults hold. */
  | { ok: true; submission: Submission; notes: string[]; recipe: Recipe; config?: ConfigFile }
  /** `damaged`: a copy that has not finished could look the same. `config`: it is the only thing that is wrong. */
  | { ok: false; damaged: boolean; problems: Problem[]; config?: ConfigFile };

export interface Checking {
  /** Our copy. */
  path: string;
  /** The name its owner knows it by. */
  file: string;
  sha256: string;
  limits: ZipLimits;
  loadSuffixes: readonly string[];
  /** What the configuration may ask for here. */
  rules: SubmissionOptions;
  signal: AbortSignal;
}

const MAX_CONFIG_BYTES = 256 * 1024;
const MAX_DOCKERFILE_BYTES = 1024 * 1024;

export async function checkArchive(checking: Checking): Promise<Checked> {
  try {
    return hasSuffix(checking.file, checking.loadSuffixes) ? await checkTar(checking) : await checkZip(checking);
  } catch (error) {
    if (!(error instanceof ArchiveFailure)) throw error;
    return { ok: false, damaged: error.damaged, problems: [error.problem] };
  }
}

export function hasSuffix(file: string, suffixes: readonly string[]): boolean {
  return suffixes.some((suffix) => file.toLowerCase().endsWith(`.${suffix}`));
}

async function checkZip({ path, file, limits, loadSuffixes, rules, signal }: Checking): Promise<Checked> {
  await using archive = await ZipArchive.open(path, file, limits);
  const hashes = await archive.verify(signal);
  const paths = archive.files.map((entry) => entry.path);
  const configPath = must(findConfig(paths, file));
  const content = await archive.readSmall(configPath, MAX_CONFIG_BYTES, signal);
  const parsed = parseSubmission(content, { ...rules, file: configPath });
  const config = { file: configPath, content };
  if (!parsed.ok) return { ok: false, damaged: false, problems: parsed.problems, config };
  const { submission, notes } = parsed;
  if (submission.image !== undefined && !submission.build) {
    return { ok: true, submission, notes, recipe: { how: 'image', image: submission.image }, config };
  }
  if (!submission.build) {
    const inside = must(findImageTar(paths, file, loadSuffixes));
    const recipe: Recipe = { how: 'load', inside, content: hashes.get(inside) ?? '' };
    return { ok: true, submission, notes, recipe, config };
  }
  const dockerfilePath = must(findDockerfile(paths, file, configPath));
  const folder = folderOf(dockerfilePath);
  const dockerfile = dockerfilePath.slice(folder.length);
  const text = (await archive.readSmall(dockerfilePath, MAX_DOCKERFILE_BYTES, signal)).toString('utf8');
  const hash = hashContext({ archive, folder, dockerfile }, hashes);
  return {
    ok: true,
    submission,
    notes: [...notes, ...remarksOnDockerfile(text)],
    recipe: { how: 'build', folder, dockerfile, dockerfileText: text, content: hash },
    config,
  };
}

/** A tar is the image; its configuration may lie in it, else the server's defaults hold. */
async function checkTar({ path, file, sha256, limits, rules, signal }: Checking): Promise<Checked> {
  const found = await inspectImageTar(await readTar(path), file, limits.maxUnpackedBytes, signal);
  const name = file.replace(/\.[^.]*$/, '');
  const content = found.config ?? JSON.stringify({ name: name.length < 3 ? `${name} image` : name, build_flag: false });
  const parsed = parseSubmission(content, { ...rules, file: CONFIG_FILE });
  const config = found.config === undefined ? {} : { config: { file: CONFIG_FILE, content: found.config } };
  if (!parsed.ok) return { ok: false, damaged: false, problems: parsed.problems, ...config };
  const notes = found.config
    ? parsed.notes
    : [...parsed.notes, `${file} holds no ${CONFIG_FILE}: the server's defaults hold`];
  const recipe: Recipe = { how: 'load', inside: null, content: sha256 };
  return { ok: true, submission: parsed.submission, notes, recipe, ...config };
}

function must(found: Found): string {
  if (found.ok) return found.path;
  const { file, rule, message, fix } = found.problem;
  throw refusal({ archive: file }, rule, message, fix);
}
