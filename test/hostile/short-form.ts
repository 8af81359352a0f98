// Owns: which cases `npm test` tries, all beside one daemon, for a few seconds.
// Leaves: the cases (cases.ts), and all the others, which `npm run test:hostile` tries.

/** One of each kind that costs little. false: not held to yet. */
const SHORT_FORM: Readonly<Record<string, boolean>> = {
  'login: disconnect in clear': false,
  'login: banners by the thousand, then a login': true,
  'channel: extended data after end': false,
  'watcher: odd lines, twenty a second': false,
  'watcher: gone that never were': false,
  'pack: control characters in names': true,
  'pack: names that lead elsewhere': true,
  'pack: a listing of bad lengths': true,
  'pack: 64 KiB of progress in one line': false,
  'place: HEAD is a folder': true,
  'place: HEAD is a FIFO': false,
  'place: packed-refs of 1 GB': true,
  'place: packed-refs is a link to /dev/zero': false,
  'command: stdout flood of names': false,
};

export const SHORT_NAMES: readonly string[] = Object.keys(SHORT_FORM).filter((name) => SHORT_FORM[name]);
