// Which names a config.ini uses: ours, those of DoPQ 1.0, or none that DoPQ knows.
import type { ConfigProblem } from './config-error.ts';
import { findValue, type IniFile } from './ini.ts';
import { KEYS, SECTIONS } from './keys.ts';
import { findNearest } from './nearest.ts';

/** A file of DoPQ 1.0 has neither of the two keys that every config.ini of ours states. */
export function isLegacy(ini: IniFile): boolean {
  return !findValue(ini, 'paths', 'data.dir') && !findValue(ini, 'queue', 'policy');
}

/** Sections and keys that DoPQ does not know, each with the name that was most likely meant. */
export function findUnknown(ini: IniFile): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const [section, { line, values }] of ini.sections) {
    if (!SECTIONS.includes(section)) {
      problems.push({ line, rule: `there is no section [${section}]`, nearest: findNearest(section, SECTIONS) });
      continue;
    }
    const known = KEYS.filter((key) => key.section === section).map((key) => key.name);
    for (const [name, { line: at }] of values) {
      if (known.includes(name)) continue;
      const home = KEYS.find((key) => key.name === name)?.section;
      const rule = `[${section}] has no key "${name}"${home ? `; it belongs into [${home}]` : ''}`;
      problems.push({ line: at, rule, nearest: home ? undefined : findNearest(name, known) });
    }
  }
  return problems;
}
