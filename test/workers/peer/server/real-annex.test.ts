// Owns: real git-annex as the client of a repository that is served here: what it hears of, fetches, gets and may not do.
// Leaves: the way to it (test/support/annex-peer.ts), and the whole daemon (test/end-to-end).
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parsePeerUrl } from '../../../../src/shared/p2p/address.ts';
import {
  type AnnexLaboratory,
  annexLaboratory,
  giveToken,
  type HiddenService,
  lacksAnnexLaboratory,
  link,
  makeAnnexRepo,
} from '../../../support/annex-peer.ts';
import { until } from '../../../support/next-line.ts';
import { commit, makeScratch, type TestRepo } from '../../../support/temp-repo.ts';
import { type House, openHouse, untilPeers } from './house.ts';

interface Both {
  readonly house: House;
  readonly lab: AnnexLaboratory;
  readonly other: TestRepo;
  readonly service: HiddenService;
}

async function bothIn(prepare: (repo: TestRepo) => Promise<unknown> = async () => undefined): Promise<Both> {
  const scratch = makeScratch(onTestFinished);
  const lab = await annexLaboratory(onTestFinished, scratch);
  const [repo, other] = [await makeAnnexRepo(scratch, 'here'), await makeAnnexRepo(scratch, 'there')];
  await prepare(repo);
  const service = await lab.hide(repo);
  const at = parsePeerUrl(service.url);
  if ('why' in at) throw new Error(at.why);
  const house = await openHouse(onTestFinished, { scratch, repo, at, socket: service.socket, uuid: service.uuid });
  chmodSync(service.socket, 0o666);
  await link(other, 'peer', service, house.write);
  return { house, lab, other, service };
}

const isThere = (repo: TestRepo, ref: string, tip: string): Promise<void> =>
  until(`${ref} is ${tip}`, async () => (await repo.git('for-each-ref', '--format=%(objectname)', ref)) === tip);

describe.skipIf(lacksAnnexLaboratory('serving real git-annex'))('real git-annex as a client', () => {
  test('fetches what is committed here, a branch at an old commit, and where a ref goes back to', async () => {
    const { house, lab, other, service } = await bothIn();
    const annex = lab.startAnnex(other);
    await annex.line(`CONNECTED ${service.url}`);
    await untilPeers(house, 'it waits', ([peer]) => peer?.isWaiting === true);
    const first = await house.repo.git('rev-parse', 'HEAD');
    const tip = await commit(house.repo);
    await isThere(other, 'refs/remotes/peer/main', tip);
    await house.repo.git('branch', 'topic', first);
    await isThere(other, 'refs/remotes/peer/topic', first);
    await house.repo.git('update-ref', 'refs/heads/main', first);
    await isThere(other, 'refs/remotes/peer/main', first);
    expect(annex.lines.count(`DISCONNECTED ${service.url}`)).toBe(0);
  });

  test('gets a file, pushes by right, and by a token that may only read does not', async () => {
    const { house, lab, other, service } = await bothIn(async (repo) => {
      writeFileSync(join(repo.directory, 'file'), 'annexed content');
      await repo.git('annex', 'add', '--quiet', 'file');
      await repo.git('commit', '--quiet', '-m', 'A file');
    });
    await lab.git(other, 'fetch', '--quiet', 'peer');
    await other.git('merge', '--quiet', '--allow-unrelated-histories', '-m', 'Both', 'peer/main');
    giveToken(other, service, house.read);
    await lab.git(other, 'annex', 'get', '--quiet', 'file');
    expect(readFileSync(join(other.directory, 'file'), 'utf8')).toBe('annexed content');
    await expect(lab.git(other, 'push', 'peer', 'main:refs/heads/theirs')).rejects.toThrow();
    giveToken(other, service, house.write);
    await lab.git(other, 'push', '--quiet', 'peer', 'main:refs/heads/theirs');
    expect(await house.repo.git('rev-parse', 'theirs')).toBe(await other.git('rev-parse', 'main'));
    await until('no process is left', () => house.children.size === 0);
  });
});
