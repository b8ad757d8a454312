// `dopq init --prefix`: a copy of this DoPQ for all users of the machine, below one folder, with what it needs to run only.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../failure.ts';
import { runCommand } from '../doctor/run-command.ts';
import { OWN_PACKAGES, productionPackages } from './production.ts';

/** The folder this DoPQ runs from. */
const ROOT = fileURLToPath(new URL('../../../..', import.meta.url)).replace(/\/$/, '');

export interface Installed {
  /** The program everybody starts. */
  program: string;
  folder: string;
  packages: number;
}

/**
 * Copies to `<prefix>/lib/dopq` and links `<prefix>/bin/dopq`. What was there before is replaced at once, at the end.
 * @throws Failure if this is run from inside the prefix, or the folders cannot be written
 */
export async function install(prefix: string): Promise<Installed> {
  const folder = path.join(path.resolve(prefix), 'lib/dopq');
  const program = path.join(path.resolve(prefix), 'bin/dopq');
  if (folder === ROOT || folder.startsWith(`${ROOT}${path.sep}`)) {
    throw new Failure(`${prefix} is where this dopq runs from.`, { fix: 'Install from the clone of the new version.' });
  }
  const fresh = `${folder}.new-${process.pid}`;
  try {
    buildPage();
    const packages = copyAll(fresh);
    // Whatever the clone's own rights are: everybody reads it, nobody but the owner writes.
    if ((await runCommand('chmod', '-R', 'u+rwX,go+rX,go-w', fresh)) === undefined)
      throw new Failure(`The rights of ${fresh} could not be set.`);
    replace(folder, fresh);
    mkdirSync(path.dirname(program), { recursive: true });
    rmSync(program, { force: true });
    symlinkSync(path.join('../lib/dopq/dopq'), program);
    return { program, folder, packages };
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure(`DoPQ could not be installed to ${prefix}: ${(cause as Error).message}`, {
      fix: 'Run it as root for /usr/local or /opt/dopq, or name a folder of your own.',
      cause,
    });
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** Only if it is not there already, made of the sources as they are. What it says goes to stderr. */
function buildPage(): void {
  const builder = path.join(ROOT, 'packages/web/build.ts');
  const { status } = spawnSync(process.execPath, [builder, '--quiet'], { stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  throw new Failure('The dashboard could not be built.', { fix: `See what \`npm run web\` says in ${ROOT}.` });
}

function copyAll(target: string): number {
  const copy = (place: string, filter?: (source: string) => boolean) =>
    cpSync(path.join(ROOT, place), path.join(target, place), {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
      ...(filter && { filter }),
    });
  mkdirSync(target, { recursive: true });
  for (const file of ['dopq', 'package.json', 'LICENSE']) copy(file);
  copy('docs');
  for (const own of OWN_PACKAGES) {
    copy(`packages/${own}/package.json`);
    copy(`packages/${own}/src`, (source) => !/\.test\.ts$|\/(fixtures|conformance)$/.test(source));
    mkdirSync(path.join(target, 'node_modules/@dopq'), { recursive: true });
    symlinkSync(`../../packages/${own}`, path.join(target, 'node_modules/@dopq', own));
  }
  // The page as it was built; what it is built with stays here.
  for (const file of ['package.json', 'sources.ts', 'dist']) copy(`packages/web/${file}`);
  symlinkSync('../../packages/web', path.join(target, 'node_modules/@dopq/web'));
  const packages = productionPackages(ROOT);
  for (const place of packages) {
    // Packages below it that are needed are in the list themselves.
    const below = path.join(ROOT, place, 'node_modules');
    copy(place, (source) => source !== below);
  }
  const node = path.join(ROOT, 'node_modules/.bin/node');
  if (existsSync(node)) {
    mkdirSync(path.join(target, 'node_modules/.bin'), { recursive: true });
    cpSync(node, path.join(target, 'node_modules/.bin/node'), { verbatimSymlinks: true });
  }
  return packages.length;
}

function replace(folder: string, fresh: string): void {
  const old = `${folder}.old-${process.pid}`;
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(fresh, folder);
  rmSync(old, { recursive: true, force: true });
}
