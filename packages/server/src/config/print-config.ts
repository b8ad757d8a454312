// `dopq serve --print-config`: the values in force, and where each one comes from.
import type { LoadedConfig, Origin, Setting } from './config.ts';
import { formatOption } from './ini.ts';
import { SECTIONS } from './keys.ts';

/** As a config.ini that says the same, each value under a comment that tells its origin. */
export function formatConfig({ config, settings, notices }: LoadedConfig): string {
  const head = [`# ${config.file}`, ...notices.map(({ level, message }) => `# ${level}: ${message}`)];
  const sections = SECTIONS.map((section) => {
    const own = settings.filter(({ key }) => key.section === section);
    return [`[${section}]`, ...own.map((setting) => formatSetting(setting, config.file))].join('\n');
  });
  return `${[head.join('\n'), ...sections].join('\n\n')}\n`;
}

/** The same as data for `-o json`; `config` holds the parsed values, `settings` the texts with their origin. */
export function describeConfig({ config, settings, notices }: LoadedConfig): object {
  return {
    file: config.file,
    legacy: config.legacy,
    settings: settings.map(({ key, value, origin }) => ({
      section: key.section,
      key: key.name,
      value,
      origin: formatOrigin(origin, config.file),
      effect: key.superseded === undefined,
      ...(key.superseded === undefined ? {} : { reason: key.superseded }),
    })),
    notices,
    config,
  };
}

function formatSetting({ key, value, origin }: Setting, file: string): string {
  const effect = key.superseded === undefined ? '' : `; no effect: ${key.superseded}`;
  return `# ${formatOrigin(origin, file)}${effect}\n${formatOption(key.name, value)}`;
}

function formatOrigin(origin: Origin, file: string): string {
  if (origin.from === 'file') return `${file}:${origin.line}`;
  if (origin.from === 'environment') return `environment ${origin.variable}`;
  return origin.key === undefined ? 'default' : `default, from ${origin.key}`;
}
