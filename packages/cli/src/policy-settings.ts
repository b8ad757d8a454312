// Settings of the queue as people type and read them; on the wire they are numbers and null.
import { parseDuration, SETTING_NAMES, type PolicySettings } from '@dopq/contract';
import { InvalidArgumentError } from 'commander';
import { formatDuration } from './format.ts';

export type SettingName = keyof PolicySettings;

/** `half_life` for `half_life_seconds`: what people type has its unit with it. */
export const shortName = (name: SettingName): string => name.replace(/_seconds$/, '');

export function settingName(text: string): SettingName {
  const asked = text.replaceAll(/[.-]/g, '_');
  const name = SETTING_NAMES.find((known) => known === asked || shortName(known) === asked);
  if (name === undefined)
    throw new InvalidArgumentError(`"${text}" is no setting; there are ${SETTING_NAMES.map(shortName).join(', ')}.`);
  return name;
}

/** `half_life=14d`; for commander, added to those before it. */
export function parseSetting(text: string, earlier: Partial<PolicySettings> = {}): Partial<PolicySettings> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`"${text}" has to be setting=value.`);
  const name = settingName(text.slice(0, at));
  return { ...earlier, [name]: parseValue(name, text.slice(at + 1)) };
}

function parseValue(name: SettingName, text: string): unknown {
  if (name === 'policy' || name === 'backfill') return text;
  if (name === 'gpu_weights') return parseWeights(text);
  if (text.toLowerCase() === 'none') return null;
  if (name.endsWith('_seconds')) {
    const ms = parseDuration(text);
    if (!ms) throw new InvalidArgumentError(`"${text}" is no length of time; they look like 90m, 12h, 7d, none.`);
    return ms / 1000;
  }
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError(`"${text}" is no whole number, and not none.`);
  return Number(text);
}

function parseWeights(text: string): Record<string, number> {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.lastIndexOf('=');
      const weight = Number(pair.slice(at + 1));
      if (at < 1 || !(weight > 0)) throw new InvalidArgumentError(`"${pair}" is no MODEL=WEIGHT.`);
      return [pair.slice(0, at).trim(), weight];
    }),
  );
}

export function formatSetting(name: SettingName, value: PolicySettings[SettingName]): string {
  if (value === null) return 'none';
  if (typeof value === 'object') {
    const pairs = Object.entries(value).map(([model, weight]) => `${model}=${weight}`);
    return pairs.length === 0 ? 'all 1' : pairs.join(',');
  }
  return name.endsWith('_seconds') ? formatDuration(Number(value) * 1000) : String(value);
}
