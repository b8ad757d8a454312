// Where things are in a submission: container_config.json, Dockerfile, an image as tar. People zip the folder or its
// contents, with or without other folders beside it.
import type { Problem } from '@dopq/contract';

export const CONFIG_FILE = 'container_config.json';
export const DOCKERFILE = 'Dockerfile';

export type Found = { ok: true; path: string } | { ok: false; problem: Problem };

/** `container_config.json` at the top, or the single one in a sub-folder. */
export function findConfig(paths: readonly string[], archive: string): Found {
  return findSingle(paths, archive, CONFIG_FILE, topOf(paths));
}

/** `Dockerfile` at the top, else beside the configuration, else the single one; its folder is the build context. */
export function findDockerfile(paths: readonly string[], archive: string, configPath: string): Found {
  const beside = folderOf(configPath) + DOCKERFILE;
  const atTop = topOf(paths) + DOCKERFILE;
  if (!paths.includes(atTop) && paths.includes(beside)) return { ok: true, path: beside };
  return findSingle(paths, archive, DOCKERFILE, topOf(paths));
}

/** The single image archive of a submission that is not to be built. */
export function findImageTar(paths: readonly string[], archive: string, suffixes: readonly string[]): Found {
  const tars = paths.filter((path) => suffixes.some((suffix) => path.toLowerCase().endsWith(`.${suffix}`)));
  const [first] = tars;
  if (first !== undefined && tars.length === 1) return { ok: true, path: first };
  return problem(
    archive,
    `with "build_flag": false either "image" names an image or the zip holds one archive made by "docker save"`,
    tars.length === 0
      ? `holds no file that ends in ${list(suffixes.map((suffix) => `.${suffix}`))}`
      : `holds several: ${list(tars)}`,
    tars.length === 0
      ? 'Add "image": "NAME:TAG" to container_config.json, or put the output of "docker save NAME:TAG -o image.tar" into the zip.'
      : 'Leave only the one to run in the zip.',
  );
}

/** Folder of a path with its slash; empty at the top. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

function findSingle(paths: readonly string[], archive: string, base: string, top: string): Found {
  if (paths.includes(top + base)) return { ok: true, path: top + base };
  const found = paths.filter((path) => path.endsWith(`/${base}`));
  const [first] = found;
  if (first !== undefined && found.length === 1) return { ok: true, path: first };
  const rule = `one ${base}, at the top of the zip or in one of its folders`;
  if (found.length > 1)
    return problem(archive, rule, `holds several: ${list(found)}`, `Put the one to use at the top of the zip.`);
  const similar = paths.find((path) => path.split('/').at(-1)?.toLowerCase() === base.toLowerCase());
  return similar === undefined
    ? problem(archive, rule, `holds no ${base}`, `Add a file named exactly ${base} beside your code.`)
    : problem(archive, rule, `holds no ${base}, but ${similar}`, `Rename it to exactly ${base}.`);
}

/** `name/` if everything lies in that one folder, else empty: people zip a folder as often as its contents. */
function topOf(paths: readonly string[]): string {
  const [first] = paths;
  const slash = first?.indexOf('/') ?? -1;
  if (first === undefined || slash < 0) return '';
  const top = first.slice(0, slash + 1);
  return paths.every((path) => path.startsWith(top)) ? top : '';
}

function problem(file: string, rule: string, message: string, fix: string): Found {
  return { ok: false, problem: { file, field: '', rule, message, fix } };
}

function list(items: readonly string[]): string {
  const shown = items.slice(0, 5).join(', ');
  return items.length > 5 ? `${shown} and ${items.length - 5} more` : shown;
}
