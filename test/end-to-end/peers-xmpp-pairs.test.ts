// Owns: daemons that are peers of each other over XMPP, by a real server: both ways, several, away, and refused.
// Leaves: news alone, one way, cut, and how long it takes (peers-xmpp.test.ts); the network itself (test/workers/peer/network/xmpp).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { commitAmong, pair, untilAmong } from '../support/peer-people.ts';
import { lacksPeers } from '../support/peers.ts';
import { type ProsodyPeer, startProsody } from '../support/prosody-peer.ts';
import { untilRef, untilStatus } from '../support/scene.ts';
import { commit, makeScratch, type Scratch } from '../support/temp-repo.ts';
import { type Acquaintance, type XmppPerson, xmppPerson } from '../support/xmpp-people.ts';

interface Stage {
  readonly scratch: Scratch;
  readonly server: ProsodyPeer;
  readonly person: (name: string, more?: Acquaintance) => Promise<XmppPerson>;
}

async function setUp(): Promise<Stage> {
  const scratch = makeScratch(onTestFinished);
  const server = await startProsody(onTestFinished, scratch);
  return { scratch, server, person: (name, more) => xmppPerson(onTestFinished, { scratch, server }, name, more) };
}

/** For what asks a program. */
const sceneOf = ({ repo, env }: XmppPerson, { scratch }: Stage) => ({ clone: repo, scratch: { ...scratch, env } });

const tipOf = ({ repo }: XmppPerson): Promise<string> => repo.git('rev-parse', 'main');

async function stop(daemon: Daemon): Promise<void> {
  daemon.send('STOP');
  expect(await daemon.gone()).toEqual({ status: 0, signal: null });
}

describe.skipIf(lacksPeers('peers over XMPP', 'prosody', 'openssl'))('over XMPP', () => {
  test('one line makes two each other’s remotes, and both have what each commits', async () => {
    const stage = await setUp();
    const [ann, ben] = [await stage.person('ann', { friends: ['ben'] }), await stage.person('ben')];
    const running = [ann.start(), ben.start()] as const;
    const invitation = await pair(ann, ben, 'xmpp');
    await Promise.all([running[0].line('CONNECTED ben'), running[1].line('CONNECTED ann')]);
    for (const each of [ann, ben]) await untilAmong(each, [ann, ben], await tipOf(each));
    for (let round = 0; round < 3; round += 1) for (const here of [ann, ben]) await commitAmong(here, [ann, ben]);
    const said = await untilStatus(sceneOf(ann, stage), /ben/);
    for (const daemon of running) await stop(daemon);
    for (const secret of [invitation.slice(-128), ann.password, ben.password])
      for (const text of [said, ...running.map(({ stderr }) => stderr())]) expect(text).not.toContain(secret);
  });

  test('three have what each commits; one that was away has what it missed', async () => {
    const stage = await setUp();
    const ann = await stage.person('ann', { friends: ['ben', 'cyd'] });
    const ben = await stage.person('ben', { friends: ['cyd'] });
    const cyd = await stage.person('cyd');
    const people = [ann, ben, cyd];
    const daemons = { ann: ann.start(), ben: ben.start(), cyd: cyd.start() };
    for (const [host, guest] of [
      [ann, ben],
      [ann, cyd],
      [ben, cyd],
    ] as const)
      await pair(host, guest, 'xmpp');
    for (const each of people) await untilAmong(each, people, await tipOf(each));
    for (const here of people) await commitAmong(here, people);
    await stop(daemons.cyd);
    await Promise.all([daemons.ann.line('DISCONNECTED cyd'), daemons.ben.line('DISCONNECTED cyd')]);
    for (const { repo } of people) await commit(repo);
    for (const each of [ann, ben]) await untilAmong(each, [ann, ben], await tipOf(each));
    cyd.start();
    for (const each of people) await untilAmong(each, people, await tipOf(each));
  });

  test('a wrong token is told, and brings nothing', async () => {
    const stage = await setUp();
    const [ann, ben] = [await stage.person('ann', { friends: ['ben'] }), await stage.person('ben')];
    ann.start();
    const invited = await ann.peer('', 'invite', '--network=xmpp');
    const right = invited.stdout.trim();
    const wrong = `${right.slice(0, -1)}${right.endsWith('a') ? 'b' : 'a'}`;
    expect(await ben.peer(wrong, 'accept', 'ann', '-', '--one-way')).toMatchObject({ status: 0 });
    await ben.start().line(/^WARNING ann .*token/);
    await untilStatus(sceneOf(ben, stage), /token/);
    expect(await ben.repo.git('for-each-ref', 'refs/remotes')).toBe('');
  });

  test('a wrong password is told, and is mended by the right one', async () => {
    const stage = await setUp();
    const [ann, ben] = [await stage.person('ann', { friends: ['ben'] }), await stage.person('ben')];
    ann.start();
    const invited = await ann.peer('', 'invite', '--network=xmpp');
    expect(await ben.peer(invited.stdout, 'accept', 'ann', '-', '--one-way')).toMatchObject({ status: 0 });
    const secrets = join(ben.repo.directory, '.git/remote-daemon/secrets.ini');
    writeFileSync(secrets, stage.server.section('ben', { password: 'another one' }), { mode: 0o600 });
    const daemon = ben.start();
    await untilStatus(sceneOf(ben, stage), /password/);
    expect(await ben.repo.git('for-each-ref', 'refs/remotes')).toBe('');
    writeFileSync(secrets, stage.server.section('ben'), { mode: 0o600 });
    daemon.send('RELOAD');
    await untilRef(ben.repo, 'refs/remotes/ann/main', await tipOf(ann));
  });

  test('nobody is served who was not asked in: neither a stranger with a token, nor a friend where nothing is served', async () => {
    const stage = await setUp();
    const [ann, ben, eve] = [
      await stage.person('ann', { friends: ['ben'] }),
      await stage.person('ben'),
      await stage.person('eve'),
    ];
    const daemon = ann.start();
    const invited = await ann.peer('', 'invite', '--network=xmpp');
    // The right line, in the hands of somebody whom ann does not hear.
    expect(await eve.peer(invited.stdout, 'accept', 'ann', '-', '--one-way')).toMatchObject({ status: 0 });
    eve.start();
    await untilStatus(sceneOf(eve, stage), /takes nobody by the name of | is not online/);
    expect(await ben.peer(invited.stdout, 'accept', 'ann', '-', '--one-way')).toMatchObject({ status: 0 });
    const ofBen = ben.start();
    await ofBen.line('CONNECTED ann');
    await untilRef(ben.repo, 'refs/remotes/ann/main', await tipOf(ann));
    await ann.repo.git('config', '--unset-all', 'remotedaemon.serve', 'xmpp');
    daemon.send('RELOAD');
    await ofBen.line('DISCONNECTED ann');
    await commit(ann.repo);
    ofBen.send('PAUSE', 'RESUME');
    await untilStatus(sceneOf(ben, stage), /takes nobody by the name of | is not online/);
    expect(await eve.repo.git('for-each-ref', 'refs/remotes')).toBe('');
    expect(await ben.repo.git('rev-parse', 'refs/remotes/ann/main')).not.toBe(await tipOf(ann));
  });
});
