// Owns: which of git's own variables for tracing would have it write into its stderr, which is read here, and so are not passed on.
// Leaves: the rest of its environment (git-environment.ts).

/** Those whose value is a target (git(1), GIT_TRACE; api-trace2), not a switch or a number. */
const TARGETS = /^GIT_TRACE(?:2|2_EVENT|2_PERF|_(?!REDACT$|CURL_NO_DATA$|BARE$)[A-Z_]+)?$/;
/** What is off, and what goes to a file or a socket. Of what git does not know it would warn. */
const ELSEWHERE = /^(?:|0|false|\/.*|af_unix:.*)$/is;

/** Whether that variable has git write to a descriptor. */
export function tracesToDescriptor(name: string, value: string | undefined): boolean {
  if (value === undefined) return false;
  return name === 'GIT_CURL_VERBOSE' || (TARGETS.test(name) && !ELSEWHERE.test(value));
}

/** For a person, once; undefined: none is set so. */
export function tracingLeftOut(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const names = Object.entries(env).flatMap(([name, value]) => (tracesToDescriptor(name, value) ? name : []));
  if (names.length === 0) return undefined;
  const what = names.toSorted().join(', ');
  return `${what} would have git write where its complaints are read, and is not passed on: give it the full path of a file, or see what git is asked by remotedaemon.logLevel=debug`;
}
