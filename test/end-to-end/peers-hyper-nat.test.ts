// Owns: peers over hyper, each behind a router that translates addresses and lets nothing in unasked.
// Leaves: peers with nothing between them (peers-hyper.test.ts), and the routers (test/support/hyper-nat.ts).
import { describe, expect, onTestFinished, test } from 'vitest';
import { lacksRouters, openNetworks } from '../support/hyper-nat.ts';
import { commitAmong, makePerson, pair, untilAmong } from '../support/peer-people.ts';
import { makeScratch } from '../support/temp-repo.ts';

/** Until it is seen that others see one elsewhere, and he who has tried in vain tries again. */
const FOUND_AGAIN_MS = 90_000;

/** Two who have met. */
async function meet() {
  const scratch = makeScratch(onTestFinished);
  const { bootstrap, behind, readdress } = await openNetworks(onTestFinished, scratch.env);
  const config = [`remotedaemon.hyperBootstrap=${bootstrap}`];
  const ada = await makePerson(onTestFinished, 'ada', { scratch, config });
  const bob = await makePerson(onTestFinished, 'bob', { scratch, config });
  const [ofAda, ofBob] = [ada.start(behind[0]), bob.start(behind[1])];
  await pair(ada, bob, 'hyper');
  await Promise.all([ofBob.line('CONNECTED ada'), ofAda.line('CONNECTED bob')]);
  return { ada, bob, ofAda, ofBob, readdress };
}

describe.skipIf(lacksRouters('peers over hyper behind routers'))('behind a router each', () => {
  test('two find a way to each other, and see each other’s commits', async () => {
    const { ada, bob, ofAda, ofBob } = await meet();
    for (const each of [ada, bob]) await untilAmong(each, [ada, bob], await each.repo.git('rev-parse', 'main'));
    for (const here of [ada, bob]) await commitAmong(here, [ada, bob]);
    for (const daemon of [ofAda, ofBob]) {
      daemon.send('STOP');
      expect(await daemon.gone()).toEqual({ status: 0, signal: null });
    }
  });

  test('one whose router has another address is found again', async () => {
    const { ofBob, readdress } = await meet();
    ofBob.send('PAUSE');
    await ofBob.line('DISCONNECTED ada');
    readdress();
    ofBob.send('RESUME');
    await ofBob.line('CONNECTED ada', FOUND_AGAIN_MS);
  });
});
