// Owns: links to servers that carry few commands over one connection: nothing fails by it, and it is found out once.
// Leaves: the decision (channel-room.test.ts), and what is remembered of it (test/main/supervisor/link).
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SshPeerOptions } from '../../../support/ssh-peer.ts';
import { makeWorld, openLink, type TestLink } from '../link.ts';

type Channels = NonNullable<SshPeerOptions['channels']>;

async function watched(channels: Channels, mostChannels?: number) {
  const world = await makeWorld(onTestFinished, { channels });
  const open = (): TestLink =>
    openLink(onTestFinished, world.scratch, world.target, {
      rung: { kind: 'server-watch', target: world.target },
      ...(mostChannels === undefined ? {} : { mostChannels }),
    });
  const link = open();
  await link.reports.next(/^connected /);
  return { ...world, link };
}

describe('a server that carries one command over a connection', () => {
  test.each(['refused', 'declined'] as const)(
    'lists its refs over a further one, where another is %s',
    async (beyond) => {
      const { link, peer, repo } = await watched({ most: 1, beyond });
      await link.compare();
      await link.reports.next('channels');
      expect([peer.logins(), peer.overfilled()]).toEqual([2, 1]);
      await link.compare();
      const tip = await repo.pushCommit();
      await link.reports.next(`moved refs/heads/main to ${tip}`);
      expect(link.reports.count('channels')).toBe(1);
    },
  );

  test('is asked for no more than that by a link that is told of it', async () => {
    const { link, peer } = await watched({ most: 1, beyond: 'refused' }, 1);
    await link.compare();
    expect([peer.logins(), peer.overfilled(), link.reports.count('channels')]).toEqual([2, 0, 0]);
    await link.close('kindly');
    expect(await link.ended).toBeUndefined();
  });

  test('is found out, too, where another one breaks the connection', async () => {
    const { link } = await watched({ most: 1, beyond: 'broken' });
    await Promise.allSettled([link.compare()]);
    await link.reports.next('channels');
    expect(await link.ended).toMatchObject({ code: 'dropped' });
  });
});
