/**
 * The mode of a folder that is made for somebody until it is theirs. Nobody makes one like that on purpose: who finds it
 * knows that its maker died, and gives it away. Otherwise it would stay ours for ever, and its user locked out.
 */
export const UNFINISHED_MODE = 0o1700;

/** True for a folder of ours that was made and not given away. Bits that it has from the folder around it do not count. */
export function isUnfinished({ uid, mode }: { uid: number | bigint; mode: number | bigint }): boolean {
  return Number(uid) === process.getuid?.() && (Number(mode) & 0o1777) === UNFINISHED_MODE;
}
