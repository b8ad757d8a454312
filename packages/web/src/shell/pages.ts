/** The pages of the bar, in the order of its keys 1 to 6. */
export const PAGES = [
  ['/', 'Overview'],
  ['/queue', 'Queue'],
  ['/history', 'History'],
  ['/gpus', 'GPUs'],
  ['/users', 'Users'],
  ['/reports', 'Reports'],
] as const;
