import { z } from 'zod';

export interface Instruction {
  /** Upper case: `RUN`, `CMD`. */
  name: string;
  /** As written, continuation lines joined. */
  text: string;
}

/** What an image says about its containers. */
export interface ImageConfig {
  command: string[];
  entrypoint: string[];
  env: Record<string, string>;
  /** Small shell scripts of the build context: file name -> text. */
  scripts?: Record<string, string>;
}

const KNOWN = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
);

/** The instructions of a Dockerfile, or the sentence the engine would say about it. */
export function parseDockerfile(text: string): Instruction[] | string {
  const lines = text.replaceAll(/\r/g, '').replaceAll(/^\s*#.*$/gm, '');
  const instructions: Instruction[] = [];
  for (const [index, line] of joinLines(lines)) {
    const [name = '', ...rest] = line.split(/\s+/);
    if (!KNOWN.has(name.toUpperCase())) {
      return `dockerfile parse error line ${index + 1}: unknown instruction: ${name.toUpperCase()}`;
    }
    instructions.push({ name: name.toUpperCase(), text: line.slice(name.length).trim() || rest.join(' ') });
  }
  if (instructions.length === 0) return 'the Dockerfile (Dockerfile) cannot be empty';
  if (!instructions.some(({ name }) => name === 'FROM')) return 'no build stage in current context';
  return instructions;
}

function* joinLines(text: string): Generator<[index: number, line: string]> {
  let start = 0;
  let joined = '';
  for (const [index, line] of text.split('\n').entries()) {
    if (joined === '') start = index;
    // A comment between continued lines.
    else if (line.trim() === '') continue;
    if (line.trimEnd().endsWith('\\')) {
      joined += `${line.trimEnd().slice(0, -1)} `;
      continue;
    }
    joined += line;
    if (joined.trim() !== '') yield [start, joined.trim()];
    joined = '';
  }
  if (joined.trim() !== '') yield [start, joined.trim()];
}

/** What one more instruction makes of an image. `FROM` starts from `base`. Pure. */
export function applyInstruction(config: ImageConfig, { name, text }: Instruction): ImageConfig {
  if (name === 'CMD') return { ...config, command: argumentsOf(text) };
  if (name === 'ENTRYPOINT') return { ...config, entrypoint: argumentsOf(text), command: [] };
  if (name === 'ENV') return { ...config, env: { ...config.env, ...variablesOf(text) } };
  return config;
}

/** `["a", "b"]`, or a line for the shell. */
export function argumentsOf(text: string): string[] {
  try {
    return z.array(z.string()).parse(JSON.parse(text));
  } catch {
    return ['/bin/sh', '-c', text];
  }
}

/** `A=1 B="two words"` or the old `A 1`. */
function variablesOf(text: string): Record<string, string> {
  const old = /^(?<name>\w+)\s+(?<value>.*)$/s.exec(text)?.groups;
  if (old?.['name']) return { [old['name']]: old['value'] ?? '' };
  const pairs = text.matchAll(/(?<name>\w+)=(?:"(?<quoted>[^"]*)"|(?<bare>\S*))/g);
  return Object.fromEntries(
    [...pairs].map(({ groups }) => [groups?.['name'] ?? '', groups?.['quoted'] ?? groups?.['bare'] ?? '']),
  );
}
