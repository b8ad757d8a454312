// Numbers with their units. Thin spaces part thousands, a narrow no-break space stands before units.
import { formatBytes } from '@dopq/contract/units';

const GIB = 2 ** 30;

/** `12 345` with thin spaces. */
export function count(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, '\u2009');
}

/** `1 218.3`: one decimal, thin spaces as in `count`. */
export function tenths(value: number): string {
  const [whole, part] = value.toFixed(1).split('.');
  return `${count(Number(whole))}.${part}`;
}

/** `1 job`, `14 jobs`. */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** Memory in GiB, without its unit: one decimal below 100, none for whole numbers. */
export function gigabytes(bytes: number, digits = 1): string {
  const value = bytes / GIB;
  return value >= 100 || digits === 0 ? count(value) : String(Number(value.toFixed(digits)));
}

/** Memory, or the size of a file: `71.2 GiB`, `100 MiB`; the command line says the same. */
export { formatBytes as fileSize, formatBytes as memory } from '@dopq/contract/units';

/** Memory in use: always one decimal, so that figures stand below each other; small amounts in their own unit. */
export const inUse = (bytes: number): string => (bytes < GIB ? formatBytes(bytes) : `${(bytes / GIB).toFixed(1)} GiB`);

/**
 * A penalty with two decimals; `recency` has far smaller ones and shows four. What would lose its digits that way keeps
 * two of them, so that only nothing reads as nothing.
 */
export function penalty(value: number, policy = 'fair-share'): string {
  const digits = policy === 'recency' ? 4 : 2;
  const size = Math.abs(value);
  if (size === 0 || size >= 10 ** (1 - digits)) return value.toFixed(digits);
  return size < 0.0001 ? value.toExponential(1) : value.toPrecision(2);
}
