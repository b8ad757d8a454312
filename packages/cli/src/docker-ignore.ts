// .dockerignore as Docker reads it (moby/patternmatcher): patterns are rooted at the folder, and the last one that
// matches a path or one of its parents decides. The `ignore` package reads .gitignore; it is asked one pattern at a time.
import ignore from 'ignore';

/** Never left out: without them there is nothing to build. */
const NEEDED = new Set(['Dockerfile', 'container_config.json']);

/** @returns whether a path (relative, `/` between its parts) is left out */
export function parseDockerIgnore(text: string): (path: string) => boolean {
  const rules = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseRule);
  return (path) => {
    if (NEEDED.has(path)) return false;
    return rules.reduce((leftOut, rule) => (rule.matches(path) ? !rule.keeps : leftOut), false);
  };
}

function parseRule(line: string): { matches(path: string): boolean; keeps: boolean } {
  const keeps = line.startsWith('!');
  const pattern = (keeps ? line.slice(1) : line)
    .trim()
    .replace(/^(\.?\/)+/, '')
    .replace(/\/+$/, '');
  if (pattern === '' || pattern === '.') return { matches: () => false, keeps };
  const matcher = ignore({ ignorecase: false }).add(`/${pattern}`);
  return { matches: (path) => matcher.ignores(path), keeps };
}
