// Which packages an installation needs: what the command line and the server depend on, as it lies in node_modules now.
// Copying what is there needs no network and installs exactly what was tried here.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

interface Manifest {
  name: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

/** Our own packages that are installed from source. */
export const OWN_PACKAGES = ['contract', 'scheduler', 'server', 'cli'] as const;

/** Folders of all packages that our own ones need, relative to `root`, sorted. */
export function productionPackages(root: string): string[] {
  const found = new Set<string>();
  const visit = (folder: string, isRoot = false) => {
    const manifest = readManifest(folder);
    // Of the root only the pinned Node: everything else of it is for development.
    const names = isRoot ? optionalNames(manifest) : neededNames(manifest);
    for (const name of names) {
      const place = findPackage(root, folder, name);
      if (place === undefined || found.has(place)) continue;
      found.add(place);
      visit(place);
    }
  };
  visit(root, true);
  for (const own of OWN_PACKAGES) visit(path.join(root, 'packages', own));
  return [...found]
    .map((folder) => path.relative(root, folder))
    .filter((folder) => !folder.startsWith(path.join('node_modules/@dopq/')))
    .sort();
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
}

const optionalNames = ({ optionalDependencies = {} }: Manifest): string[] => Object.keys(optionalDependencies);

function neededNames(manifest: Manifest): string[] {
  const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  return [...Object.keys(dependencies), ...optionalNames(manifest), ...peers];
}

/** As Node looks for it: upwards from who needs it. Undefined for an optional one that is not there. */
function findPackage(root: string, from: string, name: string): string | undefined {
  for (let folder = from; folder.startsWith(root); folder = path.dirname(folder)) {
    const place = path.join(folder, 'node_modules', name);
    if (existsSync(path.join(place, 'package.json'))) return place;
  }
  return undefined;
}
