// `dopq serve`: configuration, signals, exit code. Everything else is in server.ts.
import { flushCompileCache, getCompileCacheDir } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { resolveConfigPath } from '@dopq/contract';
import { ConfigError, type ConfigNotice, type LoadedConfig, loadConfig } from './config/config.ts';
import { writeDefaultConfig } from './config/default-config.ts';
import { makeFolders } from './config/folders.ts';
import { describeConfig, formatConfig } from './config/print-config.ts';
import { openLog } from './log.ts';
import { startServer } from './server.ts';
import { DataInUseError } from './store/data-lock.ts';
import { StoreError } from './store/store-error.ts';

export interface ServeOptions {
  /** `--config`. */
  config?: string | undefined;
  simulate?: boolean | undefined;
  /** Show the settings in force with their origin, and start nothing. */
  printConfig?: boolean | undefined;
  json?: boolean | undefined;
}

/** Exit codes as in sysexits.h, which service managers know. */
const EXIT_CONFIG = 78;
const EXIT_UNAVAILABLE = 69;
const EXIT_BUG = 70;

/** Runs the server until a signal ends it. @returns the exit code; errors that a person can mend go to stderr */
export async function runServer(options: ServeOptions): Promise<number> {
  try {
    const loaded = readConfig(options);
    if (options.printConfig) {
      process.stdout.write(
        options.json ? `${JSON.stringify(describeConfig(loaded), null, 2)}\n` : formatConfig(loaded),
      );
      return 0;
    }
    return await serve(loaded, options.simulate ?? false);
  } catch (error) {
    if (error instanceof ConfigError) return complain(error, EXIT_CONFIG);
    if (error instanceof DataInUseError || error instanceof StoreError) return complain(error, EXIT_UNAVAILABLE);
    throw error;
  }
}

function readConfig(options: ServeOptions): LoadedConfig {
  const place = resolveConfigPath({
    flag: options.config,
    env: process.env,
    home: homedir(),
    uid: process.getuid?.() ?? 0,
    cwd: process.cwd(),
  });
  if (!options.printConfig && writeDefaultConfig(place)) process.stderr.write(`Wrote ${place.file}; look it over.\n`);
  return loadConfig(place.file, { env: process.env });
}

async function serve({ config, notices }: LoadedConfig, simulate: boolean): Promise<number> {
  // Folders have the modes that the code gives them: a stricter umask of whoever starts it would lock users out of their sockets.
  process.umask(0o022);
  // For the Provider's process and the forecast's thread: with it they start twice as fast and need half of the memory.
  // It is code that runs as us, so it lies where nobody else can write.
  process.env['NODE_COMPILE_CACHE'] ??= compiledFolder(config.paths.data);
  const all: ConfigNotice[] = [
    ...notices,
    ...makeFolders(config).map((message) => ({ level: 'warning' as const, message })),
  ];
  await using logging = openLog({ dir: config.paths.log, verbose: config.queue.verbose });
  const { log } = logging;
  for (const { level, message } of all) log[level === 'warning' ? 'warn' : 'info']({ component: 'server' }, message);
  const asked = Promise.withResolvers<string>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, asked.resolve);
  await using server = await startServer({
    config,
    notices: all.filter((notice) => notice.level === 'warning').map((notice) => notice.message),
    log,
    logProblem: () => logging.problem(),
    simulate,
    shutDown: () => asked.resolve('as it was asked to'),
  });
  flushCompileCache();
  try {
    const signal = await Promise.race([asked.promise, server.done]);
    log.info({ component: 'server' }, `stopping (${signal ?? 'the loop ended'}); running containers go on`);
    return 0;
  } catch (error) {
    log.fatal(
      { component: 'queue', err: error },
      'the loop died of a bug; DoPQ has to be started again and adopts what runs',
    );
    return EXIT_BUG;
  }
}

/** The command line's folder if it has one; its own name below that tells versions of Node apart. */
function compiledFolder(data: string): string {
  const ours = getCompileCacheDir();
  return ours === undefined ? path.join(data, 'compiled') : path.dirname(ours);
}

function complain(error: Error, exitCode: number): number {
  process.stderr.write(`dopq: ${error.message}\n`);
  return exitCode;
}
