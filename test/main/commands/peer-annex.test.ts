// Owns: that git-annex understands what our commands print and write, and they what it does.
// Leaves: our daemon as a peer of git-annex (test/end-to-end/peers-annex.test.ts).
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { acceptInvitation } from '../../../src/main/commands/peer-accept.ts';
import { invitePeer } from '../../../src/main/commands/peer-invite.ts';
import { listPeers } from '../../../src/main/commands/peer-list.ts';
import { removePeer } from '../../../src/main/commands/peer-remove.ts';
import { prepareStateDirectory } from '../../../src/main/instance/state-directory.ts';
import { type PeersPlace, peersPlace } from '../../../src/main/peers/place.ts';
import {
  type AnnexLaboratory,
  annexLaboratory,
  type HiddenService,
  lacksAnnexLaboratory,
  makeAnnexRepo,
  untilServed,
} from '../../support/annex-peer.ts';
import { commit, makeScratch, type Scratch, type TestRepo } from '../../support/temp-repo.ts';
import { listen } from './peer-output.ts';

interface Stage {
  readonly scratch: Scratch;
  readonly laboratory: AnnexLaboratory;
  /** Served by git-annex at a hidden service. */
  readonly there: TestRepo;
  readonly service: HiddenService;
  readonly here: TestRepo;
}

async function openStage(): Promise<Stage> {
  const scratch = makeScratch(onTestFinished);
  const laboratory = await annexLaboratory(onTestFinished, scratch);
  const [there, here] = [await makeAnnexRepo(scratch, 'there'), await makeAnnexRepo(scratch, 'here')];
  const service = await laboratory.hide(there);
  laboratory.startAnnex(there);
  await untilServed(service);
  return { scratch, laboratory, there, service, here };
}

function placeOf({ env }: Scratch, { directory }: TestRepo): PeersPlace {
  const repository = { top: directory, gitEnvironment: {} };
  return peersPlace({ directory: prepareStateDirectory(path.join(directory, '.git'), env), repository, env });
}

/** With what a person would type. */
function annexWith({ laboratory, scratch }: Stage, repo: TestRepo, input: string, ...words: readonly string[]) {
  const [program = '', ...before] = laboratory.inside(repo.directory);
  const command = [...before, 'git', 'annex', ...words];
  const { status, stdout, stderr } = spawnSync(program, command, { env: scratch.env, input, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

/**
 * By git-annex's own helper. It and its daemon wait for each other for ever now and then, with
 * nothing of ours between them (10.20230126).
 */
async function fetchPeer({ laboratory, here, scratch }: Stage): Promise<void> {
  const [program = '', ...before] = laboratory.inside(here.directory);
  const command = [...before, 'timeout', '--kill-after=1', '5', 'git', 'fetch', 'peer'];
  const options = { env: scratch.env, encoding: 'utf8' } as const;
  for (let tries = 1; ; tries += 1) {
    const { status, stderr } = spawnSync(program, command, options);
    if (status === 0) return;
    if (status !== TIMED_OUT || tries === MOST_TRIES) throw new Error(`git fetch: status ${status}: ${stderr}`);
  }
}

const MOST_TRIES = 8;
/** What timeout(1) says. */
const TIMED_OUT = 124;

async function invite(place: PeersPlace): Promise<string> {
  const said = listen();
  await invitePeer(place, { kind: 'invite', network: 'tor', rights: 'write' }, said);
  return said.out();
}

describe.skipIf(lacksAnnexLaboratory('pairing with git-annex'))('git-annex', () => {
  test('links what our invite prints, and fetches by it', async () => {
    const stage = await openStage();
    const invitation = await invite(placeOf(stage.scratch, stage.there));
    const linked = annexWith(stage, stage.here, invitation, 'p2p', '--link', '--name=peer');
    expect(linked).toEqual({ status: 0, said: expect.stringMatching(/\bok\b/) });
    const tip = await commit(stage.there);
    await fetchPeer(stage);
    expect(await stage.here.git('rev-parse', 'refs/remotes/peer/main')).toBe(tip);
    // What it made is one of our peers, too.
    const said = listen();
    await listPeers(placeOf(stage.scratch, stage.here), true, said.print);
    expect(JSON.parse(said.out())).toMatchObject([{ name: 'peer', network: 'tor', url: stage.service.url }]);
  });

  test('lets in by what it prints itself, once our accept has taken it', async () => {
    const stage = await openStage();
    const printed = await stage.laboratory.git(stage.there, 'annex', 'p2p', '--gen-addresses');
    const accept = { kind: 'accept', name: 'peer', invitation: printed, rights: 'read', oneWay: true } as const;
    await acceptInvitation(placeOf(stage.scratch, stage.here), accept, listen());
    const tip = await commit(stage.there);
    // By git-annex's own helper, which looks for the token where it would have put it.
    await fetchPeer(stage);
    expect(await stage.here.git('rev-parse', 'refs/remotes/peer/main')).toBe(tip);
  });

  test('keeps our tokens when it writes its own, and refuses one that we have removed', async () => {
    const stage = await openStage();
    const place = placeOf(stage.scratch, stage.there);
    const [first, second] = [await invite(place), await invite(place)];
    await stage.laboratory.git(stage.there, 'annex', 'p2p', '--gen-addresses');
    const said = listen();
    await listPeers(place, true, said.print);
    const names = JSON.parse(said.out()).map(({ name }: { readonly name: string }) => name);
    expect(names).toHaveLength(3);
    await removePeer(place, names[0], listen());
    expect(annexWith(stage, stage.here, first, 'p2p', '--link', '--name=one')).toMatchObject({ status: 1 });
    expect(annexWith(stage, stage.here, second, 'p2p', '--link', '--name=two')).toMatchObject({ status: 0 });
  });

  test('finds its files as private as it would have made them', async () => {
    const stage = await openStage();
    await invite(placeOf(stage.scratch, stage.there));
    const creds = path.join(stage.there.directory, '.git/annex/creds');
    const open = readdirSync(creds).filter((name) => statSync(path.join(creds, name)).mode & 0o077);
    expect(open).toEqual([]);
    expect(readFileSync(path.join(creds, 'p2pauth'), 'utf8')).toMatch(/^[a-z0-9]{128}\n$/);
  });
});
