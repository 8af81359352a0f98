// Owns: that what mends a cause has the remote tried at once: by real git, against a web server behind a password.
// Leaves: which keys and files those are (main/config/means.test.ts, main/host/login-clues.test.ts).
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished, test } from 'vitest';
import { runProgram, startDaemon } from '../support/daemon.ts';
import { startHttpPeer } from '../support/http-peer.ts';
import { untilRef, untilStatus } from '../support/scene.ts';
import { cloneRepo, makeScratch, makeServerRepo } from '../support/temp-repo.ts';

test('credentials that come, a proxy that goes, and another place for hooks, each as soon as it is so', async () => {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const web = await startHttpPeer(onTestFinished, scratch);
  const url = web.url(server.directory);
  const clone = await cloneRepo(scratch, server.directory, 'clone', url);
  const credentials = join(scratch.directory, 'given');
  const login = `http://${web.user}:${web.password}@127.0.0.1:${web.port}\n`;
  await clone.git('config', 'http.proxy', 'http://127.0.0.1:1');
  const daemon = startDaemon(onTestFinished, clone.directory, scratch.env);

  // Nobody is behind that proxy. Without it the server is reached, which lets nobody in without a password.
  await daemon.line(/^WARNING origin .*127\.0\.0\.1/);
  await clone.git('config', '--unset', 'http.proxy');
  await daemon.line(/^WARNING origin .*(?:username|Authentication|credential)/i);
  // A helper that has none yet; then it has.
  await clone.git('config', 'credential.helper', `store --file=${credentials}`);
  await untilStatus({ clone, scratch }, 'down');
  writeFileSync(credentials, login, { mode: 0o600 });
  await daemon.line('CONNECTED origin');

  // What a hook refuses is fetched as soon as another is used.
  const hook = join(clone.directory, '.git/hooks/reference-transaction');
  mkdirSync(dirname(hook), { recursive: true });
  writeFileSync(hook, '#!/bin/sh\n[ "$1" != prepared ]\n', { mode: 0o755 });
  const pushed = await server.pushCommit();
  await runProgram(clone.directory, scratch.env, 'fetch', 'origin');
  await daemon.line(/^WARNING origin fetch failed: a hook of this repository/);
  await clone.git('config', 'core.hooksPath', '/nonexistent');
  await untilRef(clone, 'refs/remotes/origin/main', pushed);
  daemon.send('STOP');
  await daemon.gone();
});
