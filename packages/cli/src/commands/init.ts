import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { Failure } from '../failure.ts';
import { configPathOf, importServer } from '../find-server.ts';
import { globalOptions, withExamples } from '../options.ts';
import { print, say } from '../output.ts';

interface Options {
  share?: string;
  output?: string;
  users?: string;
  prefix?: string;
  systemd?: boolean | string;
}

const LAUNCHER = fileURLToPath(new URL('../../../../dopq', import.meta.url));

export function define(init: Command): void {
  init
    .description('set DoPQ up on this machine: find engine and GPUs, write config.ini, make its folders')
    .option('--share <folder>', 'the shared folder that people drop zips into (default: one beside the data)')
    .option('--output <folder>', 'where jobs leave results, as /outdir (default: one beside the data)')
    .option('--users <names>', 'who may submit, separated by commas')
    .option('--prefix <folder>', 'install for all users of this machine first, as /usr/local or /opt/dopq')
    .option('--systemd [file]', 'write a unit for systemd (default: the usual place)')
    .action((own: Options, command: Command) => run({ ...own, ...globalOptions(command) }));
  withExamples(
    init,
    'dopq init',
    'sudo dopq init --share /mnt/lab/queue --users alice,bob',
    'sudo dopq init --prefix /usr/local --systemd',
  );
}

async function run(options: Options & { config?: string | undefined }): Promise<void> {
  // What is installed is for everybody, also where root's umask is a strict one.
  process.umask(0o022);
  const program = options.prefix === undefined ? LAUNCHER : await installed(options.prefix);
  await configured(options);
  const { file } = configPathOf(options);
  if (options.systemd) await writeUnit(options.systemd, program, file);
  const named = configPathOf({ config: undefined }).file === file ? '' : ` --config ${file}`;
  const dopq = options.prefix === undefined ? asCalled() : program;
  say('');
  say('Next:');
  say(`  ${dopq} doctor${named}     # looks everything over`);
  const systemctl = isRoot() ? 'systemctl' : 'systemctl --user';
  if (options.systemd) say(`  ${systemctl} daemon-reload && ${systemctl} enable --now dopq`);
  else say(`  ${dopq} serve${named}`);
  await tellCode(options, `${dopq} status${named}`);
  if (!options.users) say(`  ${dopq} user add NAME${named}   # lets somebody submit`);
}

/** How this clone is called from here: `dopq` where the shell finds it so, else `./dopq` or its path. */
function asCalled(): string {
  const isOurs = (folder: string) => {
    const file = path.join(folder, 'dopq');
    return existsSync(file) && realpathSync(file) === LAUNCHER;
  };
  if (process.env.PATH?.split(path.delimiter).some(isOurs)) return 'dopq';
  const relative = path.relative('', LAUNCHER);
  return relative.startsWith('..') ? LAUNCHER : `./${relative}`;
}

const isRoot = (): boolean => process.getuid?.() === 0;

async function installed(prefix: string): Promise<string> {
  const { install } = await import('../install/install.ts');
  say(`installing to ${path.resolve(prefix)} …`);
  const { program, folder, packages } = await install(prefix);
  print(`installed ${folder} (${packages} packages) and ${program}`);
  return program;
}

async function configured(options: Options & { config?: string | undefined }): Promise<void> {
  const place = configPathOf(options);
  const [{ detect }, { gpuWords }] = await Promise.all([
    import('../install/detect.ts'),
    import('../doctor/gpu-checks.ts'),
  ]);
  const { engine, tried, gpus } = await detect();
  if (engine) print(`engine  Docker ${engine.facts.version} at ${engine.endpoint}`);
  else print(`engine  none answers${tried.length > 0 ? ` (${tried.join('; ')})` : ''}: start Docker before DoPQ`);
  print(`GPUs    ${gpus.length === 0 ? 'none found: jobs without GPUs work' : gpuWords(gpus)}`);
  const { initConfig } = await importServer();
  const values = {
    ...(engine && { 'docker.host': engine.endpoint }),
    ...(options.share && { 'paths.network.dir': path.resolve(options.share) }),
    ...(options.output && { 'docker.mount.volumes': `${path.resolve(options.output)}:/outdir` }),
    ...(options.users && { 'fetcher.valid.executors': options.users }),
  };
  try {
    const written = await initConfig(place, values);
    print(`config  ${place.file}${written ? '' : ' is there already and stays as it is'}`);
    const { loadConfig } = await importServer();
    const { paths } = loadConfig(place.file).config;
    print(`share   ${paths.network}: each user drops zips into ${path.join(paths.network, '<user>')}`);
    print(`data    ${paths.data}`);
  } catch (cause) {
    throw new Failure(`config.ini could not be set up: ${(cause as Error).message}`, { cause });
  }
}

/** The first administrator's code lives in the server that runs. */
async function tellCode(options: { config?: string | undefined }, status: string): Promise<void> {
  const { withServer } = await import('../connection.ts');
  const controller = await withServer(options, ({ client }) => client.status()).then(
    (status) => status.controller,
    () => undefined,
  );
  if (controller?.setup_code)
    print(`code    ${controller.setup_code}: the first administrator signs up with it at ${controller.address}`);
  else if (!controller) say(`  The server prints the code for the first administrator; \`${status}\` shows it too.`);
}

function unitPlace(asked: boolean | string): string {
  if (typeof asked === 'string') return path.resolve(asked);
  if (isRoot()) return '/etc/systemd/system/dopq.service';
  return path.join(process.env.XDG_CONFIG_HOME || path.join(homedir(), '.config'), 'systemd/user/dopq.service');
}

async function writeUnit(asked: boolean | string, program: string, config: string): Promise<void> {
  const { systemdUnit } = await import('../install/systemd-unit.ts');
  const file = unitPlace(asked);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, systemdUnit({ program, config, isUser: !isRoot() }));
  print(`unit    ${file}`);
}
