// Owns: a link to a real git-annex, which knows nothing of us: at the socket of its hidden service, without tor.
// Leaves: the same through tor, and by daemons (test/end-to-end).
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  admit,
  annexLaboratory,
  lacksAnnexLaboratory,
  makeAnnexRepo,
  untilServed,
} from '../../../support/annex-peer.ts';
import { until } from '../../../support/next-line.ts';
import { commit, makeScratch } from '../../../support/temp-repo.ts';
import { TOKEN } from '../scripted-peer.ts';
import { CONNECTED, FRIEND, makeHere } from './link.ts';

async function makeWorld() {
  const scratch = makeScratch(onTestFinished);
  const laboratory = await annexLaboratory(onTestFinished, scratch);
  const there = await makeAnnexRepo(scratch, 'there');
  const service = await laboratory.hide(there);
  admit(there, TOKEN);
  const annex = laboratory.startAnnex(there);
  await untilServed(service);
  const here = await makeHere(scratch, there.directory);
  symlinkSync(service.socket, join(scratch.directory, FRIEND));
  return { ...here, there, service, annex };
}

describe.skipIf(lacksAnnexLaboratory('git-annex as a peer of ours'))('git-annex as a peer', () => {
  test('is heard and fetched from, again and again', async () => {
    const { open, fetch, tip, there, service } = await makeWorld();
    const link = open({ uuid: service.uuid });
    await link.reports.next(CONNECTED);
    for (let turn = 0; turn < 5; turn += 1) {
      const made = await commit(there);
      await link.reports.next('moved');
      // Its server drops, now and then, the end of what upload-pack says: then it is fetched once more.
      await until('it is fetched', async () => {
        await fetch().catch(() => undefined);
        return (await tip()) === made;
      });
    }
    expect(link.reports.count(/^log/)).toBe(0);
  });

  test('refuses a wrong token, and is known by its uuid', async () => {
    const { open, service } = await makeWorld();
    await open({ token: 'f'.repeat(128) }).reports.next(/^ended auth-refused/);
    await open({ uuid: 'another' }).reports.next(
      `ended wrong-peer: another repository answers: ${service.uuid} instead of another: set annex-uuid of the remote if that is right`,
    );
  });

  test('that is killed ends the link', async () => {
    const { open, annex } = await makeWorld();
    const link = open();
    await link.reports.next(CONNECTED);
    await annex.stop();
    await link.reports.next(/^ended dropped/);
  });
});
