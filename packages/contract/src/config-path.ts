// Where config.ini and the data live when nobody says: one rule for the server, which writes it, and the command line,
// which finds it. No `node:path`, so that the contract also loads in a browser.

export interface ConfigPath {
  /** Absolute path of config.ini. */
  file: string;
  /** Where the path comes from: `--config`, `DOPQ_CONFIG`, or the default place. */
  origin: 'flag' | 'env' | 'default';
  /** Folder below which a config.ini written at first start puts everything. */
  dataHome: string;
}

/**
 * `--config`, else `DOPQ_CONFIG`, else /etc/dopq/config.ini for root and $XDG_CONFIG_HOME/dopq/config.ini for others.
 * A file that somebody named keeps its data beside it (`<its folder>/dopq-data`), so that two servers never mix theirs.
 * Relative names are relative to `cwd`; relative XDG variables are ignored, as the XDG base directory specification asks.
 */
export function resolveConfigPath(options: {
  flag?: string | undefined;
  env: Record<string, string | undefined>;
  home: string;
  uid: number;
  cwd: string;
}): ConfigPath {
  const { flag, env, home, uid, cwd } = options;
  if (flag !== undefined) return named(flag, 'flag', cwd);
  if (env.DOPQ_CONFIG) return named(env.DOPQ_CONFIG, 'env', cwd);
  if (uid === 0) return { file: '/etc/dopq/config.ini', origin: 'default', dataHome: '/var/lib/dopq' };
  const configHome = xdg(env.XDG_CONFIG_HOME) ?? `${home}/.config`;
  const dataHome = xdg(env.XDG_DATA_HOME) ?? `${home}/.local/share`;
  return { file: absolute(`${configHome}/dopq/config.ini`, cwd), origin: 'default', dataHome: `${dataHome}/dopq` };
}

function named(name: string, origin: 'flag' | 'env', cwd: string): ConfigPath {
  const file = absolute(name, cwd);
  return { file, origin, dataHome: absolute(`${file}/../dopq-data`, cwd) };
}

function xdg(value: string | undefined): string | undefined {
  return value?.startsWith('/') ? value : undefined;
}

function absolute(name: string, cwd: string): string {
  const parts: string[] = [];
  for (const part of (name.startsWith('/') ? name : `${cwd}/${name}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
