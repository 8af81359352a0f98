// Owns: daemons that are peers over hyper, by hyperdht's own testnet on loopback: what one commits the others have.
// Leaves: the network itself (test/workers/peer/network/hyper.test.ts), and routers between them, which are not tried.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { type HyperTestnet, startHyperTestnet } from '../support/hyper-testnet.ts';
import { commitBytes, untilReceiving } from '../support/peer-mesh.ts';
import { commitAmong, makePerson, type Person, pair, untilAmong } from '../support/peer-people.ts';
import { untilRef, untilStatus } from '../support/scene.ts';
import { commit, makeScratch, type Scratch } from '../support/temp-repo.ts';

interface Stage {
  readonly net: HyperTestnet;
  readonly scratch: Scratch;
  readonly people: readonly Person[];
}

async function stageWith<const Names extends readonly string[]>(...names: Names): Promise<Stage> {
  const net = await startHyperTestnet(onTestFinished);
  const scratch = makeScratch(onTestFinished);
  const config = [`remotedaemon.hyperBootstrap=${net.bootstrap}`];
  const people = await Promise.all(names.map((name) => makePerson(onTestFinished, name, { scratch, config })));
  return { net, scratch, people };
}

async function two(): Promise<Stage & { readonly ada: Person; readonly bob: Person }> {
  const stage = await stageWith('ada', 'bob');
  const [ada, bob] = stage.people;
  if (!ada || !bob) throw new Error('two were made');
  return { ...stage, ada, bob };
}

/** Each is connected to the other, who has what it has. */
async function meet(ada: Person, bob: Person): Promise<{ readonly ofAda: Daemon; readonly ofBob: Daemon }> {
  const [ofAda, ofBob] = [ada.start(), bob.start()];
  await pair(ada, bob, 'hyper');
  await Promise.all([ofBob.line('CONNECTED ada'), ofAda.line('CONNECTED bob')]);
  for (const each of [ada, bob]) await untilAmong(each, [ada, bob], await each.repo.git('rev-parse', 'main'));
  return { ofAda, ofBob };
}

describe('over hyper', () => {
  test('two who were invited and have accepted see each other’s commits, and are served to nobody else', async () => {
    const { ada, bob, scratch } = await two();
    const [ofAda, ofBob] = [ada.start(), bob.start()];
    const invitation = await pair(ada, bob, 'hyper');
    const [, address = '', token = ''] = /^p2p-annex::hyper:([\da-f]{64}):([a-z\d]{128})$/.exec(invitation) ?? [];
    await Promise.all([ofBob.line('CONNECTED ada'), ofAda.line('CONNECTED bob')]);
    for (let round = 0; round < 3; round += 1) for (const here of [ada, bob]) await commitAmong(here, [ada, bob]);
    const status = await untilStatus({ clone: ada.repo, scratch }, 'the network hyper, by the key');
    expect(status).toContain(`p2p-annex::hyper:${address}`);
    expect(await untilStatus({ clone: bob.repo, scratch }, 'its own daemon, over hyper')).toContain('ada');
    for (const daemon of [ofAda, ofBob]) {
      daemon.send('STOP');
      expect(await daemon.gone(4_000)).toEqual({ status: 0, signal: null });
      expect(daemon.stderr()).not.toContain(token);
    }
  });

  test('three see what each of them commits, and one that was away has it all when he is back', async () => {
    const { people } = await stageWith('ada', 'bob', 'cyd');
    const daemons = people.map((person) => person.start());
    const [ada, bob, cyd] = people;
    if (!ada || !bob || !cyd) throw new Error('three were made');
    for (const [here, there] of [
      [ada, bob],
      [ada, cyd],
      [bob, cyd],
    ] as const) {
      await pair(here, there, 'hyper');
    }
    for (const [index, daemon] of daemons.entries()) {
      for (const [other, { name }] of people.entries()) if (other !== index) await daemon.line(`CONNECTED ${name}`);
    }
    for (const here of people) await commitAmong(here, people);
    daemons[2]?.send('STOP');
    await daemons[2]?.gone();
    await Promise.all(daemons.slice(0, 2).map((daemon) => daemon.line('DISCONNECTED cyd')));
    const tips = await Promise.all(people.map(({ repo }) => commit(repo)));
    await untilAmong(ada, [ada, bob], tips[0] ?? '');
    cyd.start();
    for (const [index, here] of people.entries()) await untilAmong(here, people, tips[index] ?? '');
  });

  test('a wrong token is refused, and nobody by that key is somebody who is not there', async () => {
    const { ada, bob, scratch } = await two();
    const { ofBob } = await meet(ada, bob);
    const [address = ''] = /[\da-f]{64}/.exec(await bob.repo.git('config', 'remote.ada.url')) ?? [];
    writeFileSync(join(bob.repo.directory, '.git/annex/creds', `hyper%3A${address}`), `${'w'.repeat(128)}\n`);
    await bob.repo.git('remote', 'add', 'nobody', `p2p-annex::hyper:${'7'.repeat(64)}`);
    writeFileSync(join(bob.repo.directory, '.git/annex/creds', `hyper%3A${'7'.repeat(64)}`), `${'w'.repeat(128)}\n`);
    ofBob.send('PAUSE', 'RESUME');
    await ofBob.line(/^WARNING ada .*(?:let in|token|refus)/);
    await untilStatus({ clone: bob.repo, scratch }, 'nobody with that key is in the network hyper now');
  });

  test('100 MB that are cut in the middle leave no ref, and are all there the next time', {
    timeout: 240_000,
  }, async () => {
    const { ada, bob } = await two();
    const { ofAda, ofBob } = await meet(ada, bob);
    const before = await bob.repo.git('rev-parse', 'refs/remotes/ada/main');
    const big = await commitBytes(ada.repo, 100_000_000);
    await untilReceiving(bob.repo, 5_000_000);
    ofAda.signal('SIGKILL');
    // Nothing tells of it: what is said to her stays unanswered for some 38 s, which is as long as others have in all.
    await ofBob.line('DISCONNECTED ada', 90_000);
    expect(await bob.repo.git('rev-parse', 'refs/remotes/ada/main')).toBe(before);
    const beganMs = performance.now();
    ada.start();
    await untilRef(bob.repo, 'refs/remotes/ada/main', big);
    process.stderr.write(`hyper: 100 MB from start to ref in ${Math.round(performance.now() - beganMs)} ms\n`);
    await bob.repo.git('fsck', '--no-dangling', '--connectivity-only');
  });

  test('while no node of the network is there links stay, and who comes then is found soon after one is back', async () => {
    const { ada, bob, net } = await two();
    const { ofAda } = await meet(ada, bob);
    await net.stop();
    for (const here of [ada, bob]) await commitAmong(here, [ada, bob]);
    ofAda.send('STOP');
    await ofAda.gone();
    const again = ada.start();
    const tip = await commit(ada.repo);
    await net.startAgain();
    await untilAmong(ada, [ada, bob], tip);
    await again.line('CONNECTED bob');
    await commitAmong(bob, [ada, bob]);
  });
});
