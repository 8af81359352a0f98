// Owns: two daemons that find each other by the real tor, in a network of its own on this machine, and pushes between them.
// Leaves: that network (test/support/tor-network.ts), and what is told where tor fails (test/workers/peer/network).

import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { admit, type HiddenService, link, makeToken } from '../support/annex-peer.ts';
import { lacksNamespaces, NAMESPACE_PEERS, openNamespaces, UID_INSIDE } from '../support/annex-peer-namespaces.ts';
import { type Daemon, PROGRAM, startDaemon } from '../support/daemon.ts';
import { lacksPeers } from '../support/peers.ts';
import { untilRef } from '../support/scene.ts';
import { commit, makeRepo, makeScratch, type Scratch, type TestRepo } from '../support/temp-repo.ts';
import { type TorHere, torNetwork, type WantedTor } from '../support/tor-network.ts';

const WHAT = 'two daemons by real tor';
/** Tor may look for a hidden service a while before it finds what was just announced. */
const CONNECT_MS = 100_000;
/** Most of it the network's own beginning, of which little is work. */
const ALL_MS = 300_000;

interface Member {
  readonly name: string;
  readonly repo: TestRepo;
  readonly uuid: string;
  readonly wanted: WantedTor;
}

/** As if it were installed: git finds the remote helpers. */
function withHelpers(scratch: Scratch): Scratch {
  const helpers = join(dirname(PROGRAM), '../helpers');
  return { ...scratch, env: { ...scratch.env, PATH: [helpers, scratch.env.PATH].join(delimiter) } };
}

async function makeMember(scratch: Scratch, name: string): Promise<Member> {
  const [repo, uuid] = [await makeRepo(scratch, name), randomUUID()];
  await commit(repo);
  await repo.git('config', 'remotedaemon.uuid', uuid);
  await repo.git('config', 'remotedaemon.serve', 'tor');
  const folder = join(scratch.directory, `${name}-at`);
  mkdirSync(folder);
  // Named as git-annex, and the daemon, look for it.
  const keys = join(scratch.directory, `tor-annex_${UID_INSIDE}_${uuid}`);
  return { name, repo, uuid, wanted: { name, keys, socket: join(folder, 's') } };
}

/** A daemon whose /etc/tor is that of its tor. */
async function startMember(scratch: Scratch, { repo }: Member, tor: TorHere): Promise<Daemon> {
  await repo.git('config', 'remotedaemon.torProxy', tor.proxy);
  const { beside } = await openNamespaces(onTestFinished, scratch, tor.folder, [
    'sh',
    '-c',
    'echo ready; exec sleep 1000',
  ]);
  return startDaemon(onTestFinished, repo.directory, scratch.env, undefined, beside(repo.directory));
}

describe.skipIf(lacksPeers(WHAT, 'tor', 'tor-gencert', ...NAMESPACE_PEERS) || lacksNamespaces(WHAT))(WHAT, () => {
  test(
    'are connected both ways, and each has what is committed in the other',
    async ({ annotate }) => {
      const scratch = withHelpers(makeScratch(onTestFinished));
      const members = await Promise.all(['here', 'there'].map((name) => makeMember(scratch, name)));
      const beganMs = performance.now();
      const since = (): string => `${((performance.now() - beganMs) / 1_000).toFixed(1)} s`;
      const tors = await torNetwork(
        onTestFinished,
        scratch,
        members.map(({ wanted }) => wanted),
      );
      await annotate(`tor has circuits after ${since()}`);
      const all = members.map((member) => ({ ...member, tor: tors.get(member.name) ?? expect.fail(member.name) }));
      const pairs = all.flatMap((from) => all.filter((to) => to !== from).map((to) => ({ from, to })));
      for (const { from, to } of pairs) {
        const token = makeToken();
        const service: HiddenService = {
          onion: to.tor.onion,
          url: `tor-annex::${to.tor.onion}:4242`,
          socket: to.wanted.socket,
          uuid: to.uuid,
        };
        admit(to.repo, token);
        writeFileSync(join(to.repo.directory, '.git/annex/creds/p2paddrs'), `${service.url}\n`);
        await link(from.repo, to.name, service, token);
      }
      const daemons = await Promise.all(all.map((member) => startMember(scratch, member, member.tor)));
      for (const [index, { to }] of pairs.entries()) await daemons[index]?.line(`CONNECTED ${to.name}`, CONNECT_MS);
      await annotate(`connected both ways after ${since()}`);
      for (const { from, to } of pairs) {
        const tip = await commit(to.repo);
        const committedMs = performance.now();
        await untilRef(from.repo, `refs/remotes/${to.name}/main`, tip);
        await annotate(`a commit is there after ${Math.round(performance.now() - committedMs)} ms`);
      }
      for (const { from, to } of pairs) {
        const beganToPushMs = performance.now();
        await from.repo.git('push', '--quiet', to.name, 'main:refs/heads/pushed');
        expect(await to.repo.git('rev-parse', 'pushed')).toBe(await from.repo.git('rev-parse', 'main'));
        await annotate(`a push takes ${Math.round(performance.now() - beganToPushMs)} ms`);
      }
      for (const daemon of daemons) {
        daemon.send('STOP');
        expect(await daemon.gone()).toEqual({ status: 0, signal: null });
      }
    },
    ALL_MS,
  );
});
