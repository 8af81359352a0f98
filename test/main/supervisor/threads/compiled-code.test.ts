// Owns: what is kept of the threads' compiled code is used by the next daemon, and does no harm when it is not for it.
// Leaves: how it is kept (test/main/code), and that the built daemon works with it (test/end-to-end).
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { openCodeCache } from '../../../../src/main/code/code-cache.ts';
import { openCompiledCode } from '../../../../src/main/supervisor/threads/compiled-code.ts';
import type { BundleBytes, ThreadData } from '../../../../src/shared/thread-messages.ts';
import { makeScratch } from '../../../support/temp-repo.ts';

const LOAD_CODE = fileURLToPath(new URL('../../../../dist/workers/load-code.cjs', import.meta.url));
/** Loads ssh2 as a link does, and does nothing with it. */
const ENTRY = `
exports.runLink = async () => require('./ssh2.cjs').answer(__dirname, require('node:path').sep);
exports.giveBack = () => undefined;`;
const SSH2 = 'exports.answer = (directory, separator) => directory + separator + (() => 42)();';

function makePlace() {
  const { directory } = makeScratch(onTestFinished);
  writeFileSync(join(directory, 'entry.cjs'), ENTRY);
  writeFileSync(join(directory, 'ssh2.cjs'), SSH2);
  const kept = join(directory, 'git-remote-daemon');
  const open = () =>
    openCompiledCode({ directory, cache: openCodeCache({ XDG_CACHE_HOME: directory }), log: () => undefined });
  return { directory, kept, open };
}

/** What a thread with this data answers, and what it gives back of its code. */
async function runThread(workerData: ThreadData): Promise<{ answer: string; made: BundleBytes | undefined }> {
  const code = `
    const { runLink, giveBack } = require(${JSON.stringify(LOAD_CODE)});
    runLink().then((answer) => require('node:worker_threads').parentPort.postMessage({ answer, made: giveBack() }));`;
  const worker = new Worker(code, { eval: true, workerData });
  const [said] = await once(worker, 'message');
  await worker.terminate();
  return said;
}

it('is made by the first thread that has loaded all, and taken by the threads of the next daemon', async () => {
  const { directory, kept, open } = makePlace();
  const first = open();
  const { answer, made } = await runThread(first.forThreads);
  expect(answer).toBe(`${directory}/42`);
  expect(Object.keys(made ?? {})).toEqual(['entry.cjs', 'ssh2.cjs']);
  expect((await runThread(first.forThreads)).made).toBeUndefined();
  first.keep(made);
  expect(readdirSync(kept)).toHaveLength(2);

  const { forThreads } = open();
  expect(forThreads.compiled).toEqual(
    Object.fromEntries(Object.entries(made ?? {}).map(([name, of]) => [name, Uint8Array.from(of)])),
  );
  expect(await runThread(forThreads)).toEqual({ answer: `${directory}/42`, made: undefined });
});

it('is not taken by a build whose code is another, were it as long', async () => {
  const { directory, open } = makePlace();
  const first = open();
  first.keep((await runThread(first.forThreads)).made);
  writeFileSync(join(directory, 'ssh2.cjs'), SSH2.replace('42', '43'));
  expect((await runThread(open().forThreads)).answer).toBe(`${directory}/43`);
});

it('is that of the build the daemon began with, also in a thread that starts after another took its place', async () => {
  const { directory, open } = makePlace();
  const { forThreads } = open();
  writeFileSync(join(directory, 'ssh2.cjs'), SSH2.replace('42', '43'));
  expect((await runThread(forThreads)).answer).toBe(`${directory}/42`);
});

it('is refused by V8 where another V8 has made it, and made anew', async () => {
  const { directory, open } = makePlace();
  const { made } = await runThread(open().forThreads);
  const ofAnother = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes).fill(0x5a, 4, 8);
  const compiled = Object.fromEntries(Object.entries(made ?? {}).map(([name, bytes]) => [name, ofAnother(bytes)]));
  const again = await runThread({ ...open().forThreads, compiled });
  expect(again.answer).toBe(`${directory}/42`);
  expect(again.made).toBeDefined();
});

it('is not kept where that cannot be, which is no more than a line in the log', async () => {
  const { directory } = makePlace();
  const logged: string[] = [];
  const cache = { find: () => undefined, keep: () => 'no space left on device' };
  const code = openCompiledCode({ directory, cache, log: (text) => logged.push(text) });
  code.keep((await runThread(code.forThreads)).made);
  expect(logged).toEqual(['what the threads compiled is not kept: no space left on device']);
});
