// What a fresh clone needs before anything of ours can run: packages and, for tests and the demo, a Docker Engine.
// Plain JavaScript without dependencies, for whatever Node the machine has.
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

function run(command, args, { env = {}, isQuiet = false } = {}) {
  // Everything it says goes to stderr: stdout belongs to whoever called. Who is quiet is heard only where it fails.
  const out = isQuiet ? 'pipe' : 2;
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', out, out],
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 ** 2,
  });
  if (error || status !== 0) {
    if (isQuiet) process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
    throw new Error(`\`${command} ${args.join(' ')}\` failed: ${error ? error.message : `exit code ${status}`}`);
  }
}

function hasCommand(name) {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin', '/bin'].some((dir) => {
    try {
      accessSync(join(dir, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** True if node_modules was installed from package-lock.json as it is now. */
function dependenciesAreCurrent() {
  const installed = join(root, 'node_modules/.package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

/** Runs `npm ci` when node_modules is missing or older than package-lock.json. */
export function installDependencies() {
  oneAtATime(() => {
    if (dependenciesAreCurrent()) return;
    say('installing dependencies (npm ci)');
    // Nothing we use needs an install script, so none runs. That the Node it runs on is older than what we bring is no news.
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  });
  provideForPinnedNode();
}

/** A link that leads nowhere, its text the process that installs: made with its owner or not at all. The launcher knows it, too. */
const lock = join(root, 'node_modules.lock');
const LOOK_AGAIN_MS = 200;

/** Two first uses at once: the second one waits, and then finds nothing to do. */
function oneAtATime(act) {
  for (let isTold = false; !takeLock(); isTold = true) {
    if (!isTold) say(`waiting for process ${lockOwner()}, which installs already (if it does not, remove ${lock})`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_AGAIN_MS);
  }
  try {
    act();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock() {
  try {
    symlinkSync(String(process.pid), lock);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const owner = lockOwner();
  if (owner === undefined || isAlive(owner)) return false;
  // Its owner was killed. Of several who see that, one gets it out of the way.
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
    if (readlinkSync(aside) === owner) rmSync(aside);
    else renameSync(aside, lock);
  } catch {
    // Another one was first.
  }
  return false;
}

function lockOwner() {
  try {
    return readlinkSync(lock);
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}

/** The Node that came with the dependencies; where there is none for the platform, the one that is installed. */
const pinnedNode = join(root, 'node_modules/.bin/node');

const pinnedNodeProblem = () => spawnSync(pinnedNode, ['--version'], { encoding: 'utf8' }).stderr.trim();

/** The pinned Node needs a library that a bare Debian lacks. */
function provideForPinnedNode() {
  if (!existsSync(pinnedNode) || !pinnedNodeProblem()) return;
  if (pinnedNodeProblem().includes('libatomic')) installPackages(['libatomic1'], 'Node.js');
  const problem = pinnedNodeProblem();
  if (problem) throw new Error(`the Node.js that comes with the dependencies does not run here: ${problem}`);
}

/** @param whatFor said when it cannot be done */
function installPackages(names, whatFor) {
  if (process.getuid?.() !== 0 || !hasCommand('apt-get')) {
    throw new Error(`${whatFor} needs ${names.join(' ')}: on Debian, \`apt-get install ${names.join(' ')}\` as root`);
  }
  say(`installing ${names.join(' ')} (apt-get)`);
  // It says some lines for each of a hundred packages, whatever it is told.
  const quietly = { env: { DEBIAN_FRONTEND: 'noninteractive' }, isQuiet: true };
  run('apt-get', ['update', '-qq'], quietly);
  run('apt-get', ['install', '-qq', '-y', '--no-install-recommends', ...names], quietly);
}

const hasStaticBusybox = () =>
  existsSync('/bin/busybox') && !readFileSync('/bin/busybox').subarray(0, 4096).includes('ld-linux');

// What has to be there -> the Debian package that brings it. busybox is the base image of tests and demo.
const NEEDED = [
  [() => hasCommand('dockerd'), 'docker.io'],
  [() => hasCommand('docker'), 'docker.io'],
  [() => hasCommand('ip'), 'iproute2'],
  [() => hasCommand('iptables'), 'iptables'],
  [() => hasCommand('ps'), 'procps'],
  [() => hasCommand('mkfs.ext4'), 'e2fsprogs'],
  [hasStaticBusybox, 'busybox-static'],
];

function missingPackages() {
  return [...new Set(NEEDED.filter(([isThere]) => !isThere()).map(([, debianPackage]) => debianPackage))];
}

/**
 * Makes sure that private Docker Engines can be started here: on Debian as root by installing what is missing, elsewhere
 * with an error that says what to do.
 */
export function installEngine() {
  const missing = missingPackages();
  if (missing.length === 0) return;
  installPackages(missing, 'a Docker Engine for tests');
  // Since Debian 13 the client is a package of its own.
  if (!hasCommand('docker')) installPackages(['docker-cli'], 'a Docker Engine for tests');
}

/** A real browser for the tests of the dashboard: Debian's Chromium. */
export function installBrowser() {
  if (!hasCommand('chromium')) installPackages(['chromium'], 'a browser for tests');
}

/** The dashboard as the server serves it; nothing to do if it was built from these sources already. */
export function buildDashboard() {
  run(join(root, 'node_modules/.bin/node'), [join(root, 'packages/web/build.ts'), '--quiet']);
}

/** Does an installation, or says what failed and ends: nothing that comes after it could work. */
export function setUp(...installations) {
  try {
    for (const install of installations) install();
  } catch (error) {
    say(error.message);
    process.exit(1);
  }
}

// `node scripts/setup.mjs`: what the command line needs, and with `engine` what tests need.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setUp(
    installDependencies,
    ...(process.argv.includes('engine') ? [installEngine, installBrowser, buildDashboard] : []),
  );
}
