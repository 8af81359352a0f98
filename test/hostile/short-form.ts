// Owns: which cases `npm test` tries, all beside one daemon, for a few seconds.
// Leaves: the cases (cases.ts), and all the others, which `npm run test:hostile` tries.

/** One of each kind that costs little. */
export const SHORT_NAMES: readonly string[] = [
  'login: disconnect in clear',
  'login: banners by the thousand, then a login',
  'channel: extended data after end',
  'watcher: odd lines, twenty a second',
  'watcher: gone that never were',
  'pack: control characters in names',
  'pack: names that lead elsewhere',
  'pack: a listing of bad lengths',
  'pack: 64 KiB of progress in one line',
  'place: HEAD is a folder',
  'place: HEAD is a FIFO',
  'place: packed-refs of 1 GB',
  'place: packed-refs is a link to /dev/zero',
  'command: stdout flood of names',
];
