export function openFinder(): void {}
export function Keys() {
  return null;
}
