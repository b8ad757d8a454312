import type { Gpu } from '@dopq/contract';

/** A GPU's state is shown as symbol and word, never as colour alone. */
export const GPU_SYMBOLS: Record<Gpu['state'], string> = {
  free: '○',
  busy: '▶',
  shared: '◐',
  outside: '!',
  drained: '‖',
  stale: '?',
  error: '✖',
};
