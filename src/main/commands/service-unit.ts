// Owns: which unit of systemd a process belongs to, as its cgroup says. Pure.
// Leaves: asking systemd whose unit it is, and whether the process is its main one (restart.ts).

/** From the text of `/proc/PID/cgroup`; undefined: it is in no service. */
export function unitOf(cgroup: string): string | undefined {
  const paths = cgroup.split('\n').flatMap((line) => /^(?:0:|\d+:name=systemd):(\/.*)$/.exec(line)?.[1] ?? []);
  const units = paths.flatMap((path) => path.split('/').findLast((part) => part.endsWith('.service')) ?? []);
  // What all services of a user are in is none of them.
  return units.find((unit) => !/^user@\d+\.service$/.test(unit));
}
