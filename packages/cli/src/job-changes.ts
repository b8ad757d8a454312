import type { RetryJob } from '@dopq/contract';
import { InvalidArgumentError } from 'commander';

type Changes = RetryJob['changes'];

/**
 * Adds one `key=value` to what is to be other than container_config.json says. A value that reads as JSON is that
 * (`2`, `["a"]`, `null`), any other is text (`4h`).
 */
export function addChange(text: string, before: Changes = {}): Changes {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`"${text}" has to be key=value, as num_gpus=2.`);
  return { ...before, [text.slice(0, at)]: valueOf(text.slice(at + 1)) };
}

function valueOf(text: string): Changes[string] {
  try {
    return JSON.parse(text) as Changes[string];
  } catch {
    return text;
  }
}
