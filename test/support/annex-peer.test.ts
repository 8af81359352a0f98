// Owns: holding the laboratory to its word: in it git-annex finds git-annex, as it would through tor.
// Leaves: our daemon in the place of one of them (end-to-end/peers-annex.test.ts).
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  admit,
  annexLaboratory,
  lacksAnnexLaboratory,
  link,
  makeAnnexRepo,
  makeToken,
  untilServed,
} from './annex-peer.ts';
import { until } from './next-line.ts';
import { commit, makeScratch } from './temp-repo.ts';

describe.skipIf(lacksAnnexLaboratory('git-annex as a peer of git-annex'))('in the laboratory', () => {
  test('git-annex is let in by git-annex, and fetches what is committed there', async () => {
    const scratch = makeScratch(onTestFinished);
    const laboratory = await annexLaboratory(onTestFinished, scratch);
    const [there, here] = [await makeAnnexRepo(scratch, 'there'), await makeAnnexRepo(scratch, 'here')];
    const service = await laboratory.hide(there);
    const token = makeToken();
    admit(there, token);
    await link(here, 'peer', service, token);
    laboratory.startAnnex(there);
    await untilServed(service);
    const client = laboratory.startAnnex(here);
    await client.line(`CONNECTED ${service.url}`);
    const tip = await commit(there);
    await client.line(`SYNCING ${service.url}`);
    await client.stop();
    // Its server drops, now and then, the end of what upload-pack says, and its helper waits for it forever.
    await until('it is fetched', async () => {
      await laboratory
        .git(here, '-c', 'alias.limited=!timeout 3 git', 'limited', 'fetch', 'peer')
        .catch(() => undefined);
      return (await here.git('for-each-ref', '--format=%(objectname)', 'refs/remotes/peer/main')) === tip;
    });
    expect(client.lines.count(/^CONNECTED/)).toBe(1);
  });

  test('a wrong token is refused', async () => {
    const scratch = makeScratch(onTestFinished);
    const laboratory = await annexLaboratory(onTestFinished, scratch);
    const [there, here] = [await makeAnnexRepo(scratch, 'there'), await makeAnnexRepo(scratch, 'here')];
    const service = await laboratory.hide(there);
    admit(there, makeToken());
    await link(here, 'peer', service, makeToken());
    laboratory.startAnnex(there);
    await untilServed(service);
    await expect(laboratory.git(here, 'fetch', 'peer')).rejects.toThrow('authentication failed');
  });
});
