// Owns: which variables for tracing git is not given, and what a person is told of that.
// Leaves: that it is so with a real git (test/end-to-end/log-levels.test.ts).
import { expect, test } from 'vitest';
import { unattendedGitEnvironment } from '../../src/shared/git-environment.ts';
import { tracingLeftOut } from '../../src/shared/git-tracing.ts';

test.each([
  ['GIT_TRACE', '1'],
  ['GIT_TRACE', 'true'],
  ['GIT_TRACE', '2'],
  ['GIT_TRACE', '7'],
  ['GIT_TRACE', 'relative/file'],
  ['GIT_TRACE_PACKET', 'True'],
  ['GIT_TRACE_CURL', '1'],
  ['GIT_TRACE2', '1'],
  ['GIT_TRACE2_PERF', '2'],
  ['GIT_CURL_VERBOSE', '1'],
])('%s=%s is not passed on, and that is said', (name, value) => {
  expect(unattendedGitEnvironment({ [name]: value })).not.toHaveProperty(name);
  expect(tracingLeftOut({ PATH: '/bin', [name]: value })).toContain(`${name} would have git write`);
});

test.each([
  ['GIT_TRACE', '/tmp/trace'],
  ['GIT_TRACE', '0'],
  ['GIT_TRACE', ''],
  ['GIT_TRACE', 'false'],
  ['GIT_TRACE2_EVENT', 'af_unix:stream:/run/trace'],
  ['GIT_TRACE_REDACT', '1'],
  ['GIT_TRACE_CURL_NO_DATA', '1'],
  ['GIT_TRACE2_EVENT_NESTING', '5'],
  ['GIT_TRACER', '1'],
])('%s=%s is', (name, value) => {
  expect(unattendedGitEnvironment({ [name]: value })).toHaveProperty(name, value);
  expect(tracingLeftOut({ [name]: value })).toBeUndefined();
});
