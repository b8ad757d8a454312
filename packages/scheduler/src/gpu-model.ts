// People write `A100` or `rtx 3090`, the driver says `NVIDIA A100-SXM4-80GB`.

const words = (text: string): string =>
  ` ${text
    .toLowerCase()
    .split(/[^a-z0-9.]+/)
    .filter(Boolean)
    .join(' ')} `;

/** True when the words of `wanted` stand side by side in `model`; case and punctuation do not matter. */
export function matchesModel(model: string, wanted: string): boolean {
  return model === wanted || words(model).includes(words(wanted));
}

/** The weight of a model: the longest key that matches wins, so `A100-SXM4-80GB` beats `A100`; 1 where none does. */
export function weightOf(model: string, weights: Readonly<Record<string, number>> = {}): number {
  const best = Object.keys(weights)
    .filter((key) => matchesModel(model, key))
    .reduce<string | undefined>((longest, key) => (longest && longest.length >= key.length ? longest : key), undefined);
  return best === undefined ? 1 : (weights[best] ?? 1);
}

/** The part people say: `A100` for `NVIDIA A100-SXM4-80GB`, `RTX 3090` for `NVIDIA GeForce RTX 3090`. */
export function shortModel(model: string): string {
  const plain = model.replace(/^NVIDIA\s+/i, '').replace(/^(GeForce|Tesla|Quadro)\s+/i, '');
  return plain.split(/-(?=SXM|PCI|\d+GB)/i)[0]?.trim() || model;
}
