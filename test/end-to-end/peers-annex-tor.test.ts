// Owns: the daemon and real git-annex as peers of each other through real tor, each in both parts.
// Leaves: all that does not need tor itself (peers-annex.test.ts), and the network of it (support/annex-peer-real-tor.ts).
import { describe, expect, onTestFinished, test } from 'vitest';
import { admit, lacksAnnexLaboratory, link, makeAnnexRepo, makeToken, untilServed } from '../support/annex-peer.ts';
import { realTorLaboratory } from '../support/annex-peer-real-tor.ts';
import { startDaemon } from '../support/daemon.ts';
import { untilRef } from '../support/scene.ts';
import { commit, makeScratch } from '../support/temp-repo.ts';

/** The network has to come to be first: half a minute, on a machine that has little else to do. */
const LONG_MS = 150_000;

describe.skipIf(lacksAnnexLaboratory('peers over real tor', 'tor-gencert'))('over real tor', () => {
  test('the daemon and git-annex fetch from each other, and push to each other', { timeout: 2 * LONG_MS }, async () => {
    const scratch = makeScratch(onTestFinished);
    const begunAtMs = performance.now();
    const laboratory = await realTorLaboratory(onTestFinished, scratch);
    const [theirs, ours] = [await makeAnnexRepo(scratch, 'theirs'), await makeAnnexRepo(scratch, 'ours')];
    await ours.git('config', 'remotedaemon.serve', 'tor');
    const [theirService, ourService] = [await laboratory.hide(theirs), await laboratory.hide(ours)];
    const [theirToken, ourToken] = [makeToken(), makeToken()];
    admit(theirs, theirToken);
    admit(ours, ourToken);
    await link(ours, 'theirs', theirService, theirToken);
    await link(theirs, 'ours', ourService, ourToken);
    await ours.git('config', 'remote.theirs.remotedaemonPush', 'true');
    await ours.git('config', 'remote.theirs.push', 'refs/heads/main:refs/heads/of-ours');
    const annex = laboratory.startAnnex(theirs);
    const daemon = startDaemon(
      onTestFinished,
      ours.directory,
      scratch.env,
      ['--foreground'],
      laboratory.inside(ours.directory),
    );
    await Promise.all([untilServed(theirService), untilServed(ourService)]);
    // Where the services are is known a moment later only; until then both try again.
    await daemon.line('CONNECTED theirs', LONG_MS);
    await annex.line(`CONNECTED ${ourService.url}`, LONG_MS);
    const connectedAtMs = performance.now();
    const [theirTip, ourTip] = [await commit(theirs), await commit(ours)];
    await untilRef(ours, 'refs/remotes/theirs/main', theirTip);
    const fetchedAtMs = performance.now();
    await untilRef(theirs, 'refs/remotes/ours/main', ourTip);
    const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
    process.stderr.write(
      `real tor: connected both ways after ${seconds(connectedAtMs - begunAtMs)}, its commit here after ${seconds(fetchedAtMs - connectedAtMs)}, ours there after ${seconds(performance.now() - connectedAtMs)}\n`,
    );
    daemon.send('CHANGED refs/heads/main');
    await untilRef(theirs, 'refs/heads/of-ours', ourTip);
    await laboratory.git(theirs, 'push', '--quiet', 'ours', 'main:refs/heads/of-theirs');
    expect(await ours.git('rev-parse', 'of-theirs')).toBe(theirTip);
    daemon.send('STOP');
    expect(await daemon.gone()).toEqual({ status: 0, signal: null });
  });
});
