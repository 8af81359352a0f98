// Owns: that a new user's first session goes as README.md has it, from the package to the service and its removal.
// Leaves: the session itself (test/demo/first-session.ts).
import { expect, onTestFinished, test } from 'vitest';
import { firstSession } from '../demo/first-session.ts';
import { lacksPeers } from '../support/peers.ts';
import { lacksUserManager } from '../support/user-manager.ts';

const skipped =
  lacksPeers("a new user's first session", 'sshd', 'ssh', 'bash', 'tmux', 'npm') ||
  lacksUserManager("a new user's first session");

test.skipIf(skipped)('a new user packs, installs, starts, looks, has it served, and is rid of it again', async () => {
  const screens = await firstSession(onTestFinished);
  const shown = new Map(screens.map(({ command, text }) => [command, text]));
  expect(shown.get('git remote-daemon log -n 5')).toMatch(/origin: /);
  for (const { text } of screens) expect(text).not.toMatch(/^(?:fatal|error): (?!no daemon)/m);
});
