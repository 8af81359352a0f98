// Owns: what `git version` says, and whether that git is new enough for something.
// Leaves: asking it (repository.ts, live-config.ts).

export type GitVersion = readonly [major: number, minor: number];

/** In one line what is needed and what was found, or undefined. `said`: all that `git version` printed. */
export function whyTooOld(said: string, [major, minor]: GitVersion, what = ''): string | undefined {
  const [found, foundMajor, foundMinor] = /(\d+)\.(\d+)[\w.]*/.exec(said) ?? [];
  const isNewEnough = Number(foundMajor) > major || (Number(foundMajor) === major && Number(foundMinor) >= minor);
  return isNewEnough ? undefined : `git ${major}.${minor} or newer is needed${what}, and this is git ${found ?? '?'}`;
}
