// Owns: the daemon and real git-annex as peers of each other, over what they take for tor: each in both parts.
// Leaves: the laboratory (support/annex-peer.ts), and peers that are all ours (peers-mesh.test.ts).
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type AnnexDaemon,
  type AnnexLaboratory,
  admit,
  admitToRead,
  annexLaboratory,
  giveToken,
  type HiddenService,
  lacksAnnexLaboratory,
  link,
  makeAnnexRepo,
  makeToken,
  removeSocket,
  untilServed,
} from '../support/annex-peer.ts';
import { type Daemon, runProgram, startDaemon } from '../support/daemon.ts';
import { untilQuiet, untilRef, untilStatus } from '../support/scene.ts';
import { commit, makeRepo, makeScratch, type Scratch, type TestRepo } from '../support/temp-repo.ts';

const skipped = lacksAnnexLaboratory('the daemon and git-annex as peers');

interface AnnexScene {
  readonly scratch: Scratch;
  readonly laboratory: AnnexLaboratory;
  /** The daemon's. */
  readonly ours: TestRepo;
  /** git-annex's. */
  readonly theirs: TestRepo;
  /** Of the one that serves. */
  readonly service: HiddenService;
  readonly token: string;
}

describe.skipIf(skipped)('a git-annex that serves a hidden service is a peer of the daemon', () => {
  /** Where the daemon runs, nobody has ever heard of git-annex. */
  async function annexServes(): Promise<AnnexScene> {
    const scratch = makeScratch(onTestFinished);
    const laboratory = await annexLaboratory(onTestFinished, scratch);
    const [theirs, ours] = [await makeAnnexRepo(scratch, 'theirs'), await makeRepo(scratch, 'ours')];
    const service = await laboratory.hide(theirs);
    const token = makeToken();
    admit(theirs, token);
    await link(ours, 'peer', service, token);
    await ours.git('config', 'remotedaemon.torProxy', laboratory.proxy);
    return { scratch, laboratory, ours, theirs, service, token };
  }

  async function annexServing(): Promise<AnnexScene & { annex: AnnexDaemon }> {
    const scene = await annexServes();
    const annex = scene.laboratory.startAnnex(scene.theirs);
    await untilServed(scene.service);
    return { ...scene, annex };
  }

  const start = ({ ours, scratch }: AnnexScene): Daemon => startDaemon(onTestFinished, ours.directory, scratch.env);

  async function startConnected(scene: AnnexScene): Promise<Daemon> {
    const daemon = start(scene);
    await daemon.line('CONNECTED peer');
    await daemon.line('DONESYNCING peer 1');
    daemon.lines.forget();
    return daemon;
  }

  test('what was there before is here once it is connected, and a commit there soon after', async () => {
    const scene = await annexServing();
    const before = await scene.theirs.git('rev-parse', 'main');
    const daemon = await startConnected(scene);
    await untilRef(scene.ours, 'refs/remotes/peer/main', before);
    for (let commits = 0; commits < 3; commits += 1) {
      const tip = await commit(scene.theirs);
      await untilRef(scene.ours, 'refs/remotes/peer/main', tip);
    }
    // A fetch may fail, as git-annex drops the end of what its upload-pack says now and then; it is tried again.
    expect(daemon.lines.count(/^DISCONNECTED /)).toBe(0);
    await untilStatus({ clone: scene.ours, scratch: scene.scratch }, 'its own daemon, over tor');
  });

  test('a token under the name that a newer git-annex gives its file does as well', async () => {
    const scene = await annexServes();
    giveToken(scene.ours, scene.service, makeToken());
    giveToken(scene.ours, { ...scene.service, onion: scene.service.onion.replace('.', '%2E') }, scene.token);
    scene.laboratory.startAnnex(scene.theirs);
    await untilServed(scene.service);
    await startConnected(scene);
  });

  test('a branch that is deleted and one that is set back, of which git-annex tells nothing, are so at the next check', async () => {
    const scene = await annexServing();
    const { ours, theirs } = scene;
    const older = await theirs.git('rev-parse', 'main');
    await commit(theirs);
    await theirs.git('branch', 'short-lived');
    await ours.git('config', 'fetch.prune', 'true');
    await ours.git('config', 'remotedaemon.checkInterval', '2');
    const daemon = await startConnected(scene);
    await untilRef(ours, 'refs/remotes/peer/short-lived', await theirs.git('rev-parse', 'main'));
    await untilQuiet(daemon);
    await theirs.git('branch', '-D', 'short-lived');
    await untilRef(ours, 'refs/remotes/peer/short-lived', undefined);
    await theirs.git('reset', '--quiet', '--hard', older);
    await untilRef(ours, 'refs/remotes/peer/main', older);
  });

  test('a wrong token is told once, and the right one is tried at RELOAD', async () => {
    const scene = await annexServing();
    const wrong = makeToken();
    giveToken(scene.ours, scene.service, wrong);
    const daemon = start(scene);
    await daemon.line(/^WARNING peer .*token/);
    await untilStatus({ clone: scene.ours, scratch: scene.scratch }, /down/);
    expect(daemon.lines.count(/^CONNECTED /)).toBe(0);
    giveToken(scene.ours, scene.service, scene.token);
    daemon.send('RELOAD');
    await daemon.line('CONNECTED peer');
    await untilRef(scene.ours, 'refs/remotes/peer/main', await scene.theirs.git('rev-parse', 'main'));
    expect(daemon.lines.count(/^WARNING peer .*token/)).toBe(1);
    expect(scene.annex.stderr()).toContain('AUTH-FAILURE');
    const status = await runProgram(scene.ours.directory, scene.scratch.env, 'status', '--json');
    const said = daemon.stderr() + status.stdout + daemon.lines.seen.map(({ text }) => text).join();
    expect([wrong, scene.token].filter((token) => said.includes(token))).toEqual([]);
  });

  test('without a token it is not asked', async () => {
    const scene = await annexServing();
    giveToken(scene.ours, scene.service, '');
    const daemon = start(scene);
    await daemon.line(/^WARNING peer .*token/);
    expect(scene.annex.stderr()).not.toContain('AUTH');
    giveToken(scene.ours, scene.service, scene.token);
    daemon.send('PAUSE', 'RESUME');
    await daemon.line('CONNECTED peer');
  });

  test('one that says it is another repository is given up, until its uuid is put right', async () => {
    const scene = await annexServing();
    await scene.ours.git('config', 'remote.peer.annex-uuid', '00000000-0000-4000-8000-000000000000');
    const daemon = start(scene);
    await daemon.line((line) => line.startsWith('WARNING peer ') && line.includes(scene.service.uuid));
    await untilStatus({ clone: scene.ours, scratch: scene.scratch }, /down/);
    expect(daemon.lines.count(/^CONNECTED /)).toBe(0);
    await scene.ours.git('config', 'remote.peer.annex-uuid', scene.service.uuid);
    daemon.send('RELOAD');
    await daemon.line('CONNECTED peer');
  });

  test('one that goes and comes back has lost nothing', async () => {
    const scene = await annexServing();
    const daemon = await startConnected(scene);
    await scene.annex.stop();
    removeSocket(scene.service);
    await daemon.line('DISCONNECTED peer');
    const tip = await commit(scene.theirs);
    scene.laboratory.startAnnex(scene.theirs);
    await daemon.line('CONNECTED peer');
    await untilRef(scene.ours, 'refs/remotes/peer/main', tip);
  });
});

describe.skipIf(skipped)('a git-annex is a peer of the daemon that serves a hidden service', () => {
  async function weServe(): Promise<AnnexScene> {
    const scratch = makeScratch(onTestFinished);
    const laboratory = await annexLaboratory(onTestFinished, scratch);
    const [theirs, ours] = [await makeAnnexRepo(scratch, 'theirs'), await makeAnnexRepo(scratch, 'ours')];
    await ours.git('config', 'remotedaemon.serve', 'tor');
    const service = await laboratory.hide(ours);
    const token = makeToken();
    await link(theirs, 'peer', service, token);
    return { scratch, laboratory, ours, theirs, service, token };
  }

  async function serve({ scratch, laboratory, ours, service }: AnnexScene): Promise<Daemon> {
    const through = laboratory.beside(ours.directory);
    const daemon = startDaemon(onTestFinished, ours.directory, scratch.env, ['--foreground'], through);
    await untilServed(service);
    return daemon;
  }

  async function addFile(repo: TestRepo, name: string): Promise<Buffer> {
    const bytes = randomBytes(300_000);
    writeFileSync(join(repo.directory, name), bytes);
    await repo.git('annex', 'add', '--quiet', name);
    await repo.git('commit', '--quiet', '-m', `Add ${name}`);
    return bytes;
  }

  /** As `git annex sync` does it: what is there is known here then. */
  async function bringIn({ laboratory, theirs }: AnnexScene): Promise<void> {
    await laboratory.git(theirs, 'fetch', '--quiet', 'peer');
    await theirs.git('merge', '--quiet', '--allow-unrelated-histories', '-m', 'Both', 'peer/main');
    await theirs.git('annex', 'merge', '--quiet');
  }

  const contentOf = (repo: TestRepo, file: string): Buffer => readFileSync(join(repo.directory, file));
  const annexed = (repo: TestRepo, file: string): Promise<string> => repo.git('annex', 'find', '--in=here', file);

  test('its daemon is connected, and fetches what is committed here', async () => {
    const scene = await weServe();
    admit(scene.ours, scene.token);
    await serve(scene);
    const annex = scene.laboratory.startAnnex(scene.theirs);
    await annex.line(`CONNECTED ${scene.service.url}`);
    for (let commits = 0; commits < 3; commits += 1) {
      const tip = await commit(scene.ours);
      await annex.line(`DONESYNCING ${scene.service.url} 1`);
      await untilRef(scene.theirs, 'refs/remotes/peer/main', tip);
    }
    const status = await untilStatus(
      { clone: scene.ours, scratch: scene.scratch },
      await scene.theirs.git('config', 'annex.uuid'),
    );
    expect(status).not.toContain(scene.token);
    expect(annex.lines.count(/^DISCONNECTED/)).toBe(0);
  });

  test('of a repository that has never heard of git-annex it fetches, too', async () => {
    const scene = await weServe();
    const plain = await makeRepo(scene.scratch, 'plain');
    await plain.git('config', 'remotedaemon.serve', 'tor');
    await plain.git('config', 'remotedaemon.uuid', '11111111-1111-4111-8111-111111111111');
    const service = await scene.laboratory.hide(plain);
    await link(scene.theirs, 'plain', service, scene.token);
    admit(plain, scene.token);
    await serve({ ...scene, ours: plain, service });
    const annex = scene.laboratory.startAnnex(scene.theirs);
    await annex.line(`CONNECTED ${service.url}`);
    const tip = await commit(plain);
    await untilRef(scene.theirs, 'refs/remotes/plain/main', tip);
  });

  test('an annexed file is got from here, one is put here, and it pushes here, with a token that may write', async () => {
    const scene = await weServe();
    admit(scene.ours, scene.token);
    const daemon = await serve(scene);
    const ours = await addFile(scene.ours, 'ours.bin');
    await bringIn(scene);
    await scene.laboratory.git(scene.theirs, 'annex', 'get', '--quiet', 'ours.bin');
    expect(contentOf(scene.theirs, 'ours.bin').equals(ours)).toBe(true);
    const theirs = await addFile(scene.theirs, 'theirs.bin');
    await scene.laboratory.git(scene.theirs, 'annex', 'copy', '--quiet', '--to=peer', 'theirs.bin');
    await scene.laboratory.git(scene.theirs, 'push', '--quiet', 'peer', 'main:refs/heads/theirs');
    expect(await scene.ours.git('rev-parse', 'theirs')).toBe(await scene.theirs.git('rev-parse', 'main'));
    await scene.ours.git('merge', '--quiet', '--ff-only', 'theirs');
    expect(await annexed(scene.ours, 'theirs.bin')).toBe('theirs.bin');
    expect(contentOf(scene.ours, 'theirs.bin').equals(theirs)).toBe(true);
    daemon.send('STOP');
    expect(await daemon.gone()).toEqual({ status: 0, signal: null });
  });

  test('with one that may only read it gets and fetches, and can neither put nor push', async () => {
    const scene = await weServe();
    admitToRead(scene.ours, scene.token);
    await serve(scene);
    const ours = await addFile(scene.ours, 'ours.bin');
    await bringIn(scene);
    await scene.laboratory.git(scene.theirs, 'annex', 'get', '--quiet', 'ours.bin');
    expect(contentOf(scene.theirs, 'ours.bin').equals(ours)).toBe(true);
    await addFile(scene.theirs, 'theirs.bin');
    const { laboratory, theirs } = scene;
    await expect(laboratory.git(theirs, 'annex', 'copy', '--to=peer', 'theirs.bin')).rejects.toThrow();
    await expect(laboratory.git(theirs, 'push', 'peer', 'main:refs/heads/theirs')).rejects.toThrow();
    expect(await scene.ours.git('for-each-ref', 'refs/heads/theirs')).toBe('');
    const key = await theirs.git('annex', 'lookupkey', 'theirs.bin');
    await expect(scene.ours.git('annex', 'contentlocation', key)).rejects.toThrow();
  });

  test('one whose token is not known is not let in', async () => {
    const scene = await weServe();
    admit(scene.ours, makeToken());
    const daemon = await serve(scene);
    await expect(scene.laboratory.git(scene.theirs, 'fetch', 'peer')).rejects.toThrow('authentication failed');
    admit(scene.ours, scene.token);
    await scene.laboratory.git(scene.theirs, 'fetch', '--quiet', 'peer');
    expect(daemon.stderr()).not.toContain(scene.token);
  });
});
