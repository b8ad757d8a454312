// Passwords of registries, as `docker login` left them on this machine: for base images that not everybody may have.
// Formats: docker/cli, cli/config/types/authconfig.go, and docker/docker-credential-helpers for programs that keep them.
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';

/** What the Engine's API takes for one registry. */
export interface RegistryAuth {
  username?: string;
  password?: string;
  identitytoken?: string;
  serveraddress: string;
}

const ConfigJson = z.object({
  auths: z
    .record(
      z.string(),
      z.object({
        auth: z.string().optional(),
        username: z.string().optional(),
        password: z.string().optional(),
        identitytoken: z.string().optional(),
      }),
    )
    .default({}),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).default({}),
});
const HelperAnswer = z.object({ Username: z.string(), Secret: z.string() });

const HELPER_MS = 10_000;
/** Docker's helpers give this as the user of an identity token. */
const TOKEN_USER = '<token>';

export interface Credentials {
  /** By registry, as the configuration names it. */
  byRegistry: Record<string, RegistryAuth>;
  /** What could not be read, without any secret in it. */
  problems: string[];
}

/** Everything that the Docker configuration of this account knows; nothing if there is none. Never throws. */
export async function readCredentials(env: NodeJS.ProcessEnv = process.env): Promise<Credentials> {
  const file = path.join(env['DOCKER_CONFIG'] || path.join(homedir(), '.docker'), 'config.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (text instanceof Error) {
    const problems = text.code === 'ENOENT' ? [] : [`${file} cannot be read: ${text.message}`];
    return { byRegistry: {}, problems };
  }
  const config = ConfigJson.safeParse(parseJson(text));
  if (!config.success) return { byRegistry: {}, problems: [`${file} is not what "docker login" writes`] };
  return await collect(config.data, env);
}

/** As the Engine's API takes passwords: JSON in the URL form of base64, with its padding. */
export function asHeader(auth: RegistryAuth | Record<string, RegistryAuth>): string {
  return Buffer.from(JSON.stringify(auth)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

async function collect(
  { auths, credsStore, credHelpers }: z.infer<typeof ConfigJson>,
  env: NodeJS.ProcessEnv,
): Promise<Credentials> {
  const byRegistry: Record<string, RegistryAuth> = {};
  const problems: string[] = [];
  for (const [serveraddress, entry] of Object.entries(auths)) {
    const auth = authOf(serveraddress, entry);
    if (auth) byRegistry[serveraddress] = auth;
  }
  const helpers: Record<string, string> = {};
  // With a store, `auths` has empty entries that only say which registries there are.
  if (credsStore) for (const registry of Object.keys(auths)) if (!byRegistry[registry]) helpers[registry] = credsStore;
  Object.assign(helpers, credHelpers);
  for (const [registry, helper] of Object.entries(helpers)) {
    const auth = await askHelper(helper, registry, env);
    if (typeof auth === 'string') problems.push(auth);
    else byRegistry[registry] = auth;
  }
  return { byRegistry, problems };
}

function authOf(
  serveraddress: string,
  { auth, username, password, identitytoken }: z.infer<typeof ConfigJson>['auths'][string],
): RegistryAuth | undefined {
  if (identitytoken) return { identitytoken, serveraddress };
  if (auth) {
    const [user = '', ...rest] = Buffer.from(auth, 'base64').toString('utf8').split(':');
    return { username: user, password: rest.join(':').replace(/\0+$/, ''), serveraddress };
  }
  return username === undefined ? undefined : { username, password: password ?? '', serveraddress };
}

async function askHelper(helper: string, registry: string, env: NodeJS.ProcessEnv): Promise<RegistryAuth | string> {
  const program = `docker-credential-${helper}`;
  if (!/^[A-Za-z0-9_.-]+$/.test(helper)) return `the credential helper "${helper}" is no program's name`;
  const { stdout, failed } = await execa(program, ['get'], { input: registry, timeout: HELPER_MS, reject: false, env });
  const answer = HelperAnswer.safeParse(failed ? undefined : parseJson(stdout));
  // Its output may hold the secret: it is not repeated.
  if (!answer.success) return `${program} gave no credentials for ${registry}`;
  const { Username: username, Secret: secret } = answer.data;
  return username === TOKEN_USER
    ? { identitytoken: secret, serveraddress: registry }
    : { username, password: secret, serveraddress: registry };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
