// Owns: the network xmpp over a real server: logins and why they fail, streams both ways, news by presence.
// Leaves: the daemon that uses it (test/end-to-end/peers-xmpp.test.ts).
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as nextTurn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PeerAddress } from '../../../../../src/shared/p2p/address.ts';
import type { Listening, NetworkContext } from '../../../../../src/workers/peer/network/network.ts';
import { accountOf } from '../../../../../src/workers/peer/network/xmpp/account.ts';
import { xml } from '../../../../../src/workers/peer/network/xmpp/library.ts';
import { StanzaRefused } from '../../../../../src/workers/peer/network/xmpp/requests.ts';
import { openSession, type Session } from '../../../../../src/workers/peer/network/xmpp/session.ts';
import { presenceWith } from '../../../../../src/workers/peer/network/xmpp/tags.ts';
import { xmpp } from '../../../../../src/workers/peer/network/xmpp/xmpp.ts';
import { createLineLog, until } from '../../../../support/next-line.ts';
import { lacksPeers } from '../../../../support/peers.ts';
import { type ProsodyOptions, type ProsodyPeer, startProsody } from '../../../../support/prosody-peer.ts';
import { startTcpProxy } from '../../../../support/tcp-proxy.ts';
import { makeScratch } from '../../../../support/temp-repo.ts';
import { readAll, sum } from '../streams.ts';

const skipped = lacksPeers('the network xmpp', 'prosody', 'openssl');
const ever = new AbortController().signal;
/** As main tries again. */
const AGAIN_MS = 1_000;

interface Scene {
  readonly server: ProsodyPeer;
  readonly logged: ReturnType<typeof createLineLog>;
  readonly context: (user: string, options?: ContextOptions) => NetworkContext;
}

interface ContextOptions {
  readonly friends?: readonly string[];
  readonly keys?: Readonly<Record<string, string>>;
  /** Of several repositories with one account. */
  readonly repository?: string;
}

async function setUp(options: ProsodyOptions = {}): Promise<Scene> {
  const scratch = makeScratch(onTestFinished);
  const server = await startProsody(onTestFinished, scratch, options);
  for (const user of ['ann', 'ben', 'eve']) server.addUser(user);
  const logged = createLineLog('the log');
  return {
    server,
    logged,
    context: (user, { friends = [], keys = {}, repository = user } = {}) => {
      const gitDir = join(scratch.directory, repository);
      mkdirSync(gitDir, { recursive: true });
      return {
        directory: gitDir,
        gitDir,
        environment: {},
        torProxy: { host: '127.0.0.1', port: 1 },
        settings: { xmppFriends: friends.map(server.jid) },
        secrets: { [server.jid(user)]: { ...server.keys(user), ...keys } },
        noteChild: () => undefined,
        log: logged.push,
      };
    },
  };
}

const at = (jid: string): PeerAddress => ({ kind: 'p2p', network: 'xmpp', address: jid });

async function listen(
  context: NetworkContext,
  onStream: (stream: Duplex, at: PeerAddress) => void = () => undefined,
): Promise<Listening> {
  const listening = await xmpp.listen({ known: [], uuid: 'u', onStream }, context, ever);
  onTestFinished(() => listening.close(ever));
  return listening;
}

async function announce(context: NetworkContext) {
  const told: string[][] = [];
  const came: string[] = [];
  const announcing = await xmpp.announce?.(
    {
      onTold: (uuids) => void told.push([...uuids]),
      onMissed: () => void told.push(['missed']),
      onCame: (address) => void came.push(address.kind === 'p2p' ? address.address : ''),
    },
    context,
    ever,
  );
  if (announcing === undefined) throw new Error('it cannot announce');
  onTestFinished(() => announcing.close(ever));
  return { ...announcing, told, came };
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail('it works'),
    (error: unknown) => error,
  );

describe.skipIf(skipped)('a login', () => {
  test('by STARTTLS, or by TLS at once, with the CA of secrets.ini', async () => {
    const { server, context } = await setUp();
    const one = await listen(context('ann'));
    expect(one.how).toBe('the account ann@peers.test');
    expect(one.addresses).toEqual([at(expect.stringMatching(/^ann@peers\.test\/git-annex-[\da-f.]+$/))]);
    const direct = await listen(context('ben', { keys: { service: `xmpps://127.0.0.1:${server.directPort}` } }));
    expect(direct.how).toBe('the account ben@peers.test');
  });

  test.each<[string, ContextOptions & { readonly server?: ProsodyOptions }, object]>([
    [
      'a wrong password',
      { keys: { password: 'wrong' } },
      {
        code: 'auth-refused',
        detail: expect.stringMatching(/does not take the password of the account ann@peers\.test/),
      },
    ],
    [
      'a CA that nobody knows',
      { keys: { ca: '/nowhere/ca.pem' } },
      { code: 'not-set-up', detail: expect.stringMatching(/ca .* cannot be read/) },
    ],
    [
      'a certificate for another name',
      { server: { certifiedFor: 'other.test' } },
      { code: 'not-set-up', detail: expect.stringMatching(/certificate of the server is not for peers\.test/) },
    ],
    ['no TLS', { server: { hasNoTls: true } }, { code: 'not-set-up', detail: expect.stringMatching(/offers no TLS/) }],
  ])('that fails for %s says so', async (_, { server, ...options }, expected) => {
    const { context } = await setUp(server);
    expect(await failure(listen(context('ann', options)))).toMatchObject(expected);
  });

  test('to a server whose certificate this machine does not know is refused before the password is said', async () => {
    const { server, context } = await setUp();
    const { ca: _, ...keys } = server.keys('ann');
    const bare = { ...context('ann'), secrets: { 'ann@peers.test': keys } };
    expect(await failure(listen(bare))).toMatchObject({
      code: 'not-set-up',
      detail: expect.stringMatching(/not to be trusted/),
    });
    expect(server.log()).not.toMatch(/SASL|Authenticated/i);
  });

  test('of an account that is not in secrets.ini, or one of several, says what to write', async () => {
    const { context } = await setUp();
    const none = { ...context('ann'), secrets: {} };
    expect(await failure(listen(none))).toMatchObject({
      code: 'not-set-up',
      detail: expect.stringMatching(/no account: write \[xmpp/),
    });
    const both = { ...context('ann'), secrets: { ...context('ann').secrets, ...context('ben').secrets } };
    expect(await failure(listen(both))).toMatchObject({ detail: expect.stringMatching(/several accounts/) });
    const chosen = { ...both, settings: { xmppAccount: 'ben@peers.test' } };
    expect((await listen(chosen)).how).toBe('the account ben@peers.test');
  });
});

describe.skipIf(skipped)('a stream', () => {
  test('carries a megabyte each way', async () => {
    const { context } = await setUp();
    const [up, down] = [randomBytes(1024 * 1024), randomBytes(1024 * 1024)];
    let came: Promise<Buffer> | undefined;
    const { addresses } = await listen(context('ann', { friends: ['ben'] }), (stream) => {
      const chunks: Buffer[] = [];
      came = new Promise((resolve) => {
        stream.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          if (Buffer.concat(chunks).length !== up.length) return;
          resolve(Buffer.concat(chunks));
          stream.end(down);
        });
      });
    });
    const stream = await xmpp.dial(addresses[0] ?? at(''), context('ben'), ever);
    stream.write(up);
    expect(sum(await readAll(stream))).toBe(sum(down));
    expect(sum((await came) ?? Buffer.alloc(0))).toBe(sum(up));
  });

  test('is found by the account alone, and refused to whoever is not known', async () => {
    const { context } = await setUp();
    await listen(context('ann', { friends: ['ben'] }), (stream) => void stream.end('hello'));
    const stream = await xmpp.dial(at('ann@peers.test'), context('ben'), ever);
    expect((await readAll(stream)).toString()).toBe('hello');
    expect(await failure(xmpp.dial(at('ann@peers.test'), context('eve'), ever))).toMatchObject({ code: 'unreachable' });
  });
});

/** A friend who says what he likes. */
async function rogueAt({ context }: Scene, user: string): Promise<Session> {
  const session = await openSession(
    {
      account: accountOf(context(user)),
      resource: 'rogue',
      onStanza: () => undefined,
      onLogin: () => undefined,
      onResumed: () => undefined,
      log: () => undefined,
    },
    ever,
  );
  onTestFinished(session.close);
  return session;
}

const IBB = 'http://jabber.org/protocol/ibb';

describe.skipIf(skipped)('a friend who keeps to no rule', () => {
  test('is refused what is too much, and loses his own stream alone', async () => {
    const scene = await setUp();
    const streams: Duplex[] = [];
    const failures: unknown[] = [];
    const { addresses } = await listen(scene.context('ann', { friends: ['ben', 'eve'] }), (stream) => {
      streams.push(stream.on('error', (error) => failures.push(error)));
    });
    const [ann] = addresses;
    const to = ann?.kind === 'p2p' ? ann.address : '';
    const good = await xmpp.dial(at(to), scene.context('ben'), ever);
    const rogue = await rogueAt(scene, 'eve');
    const ask = (name: string, attrs: Readonly<Record<string, string | number>>, text = ''): Promise<string> =>
      rogue.request(xml('iq', { type: 'set', to }, xml(name, { xmlns: IBB, ...attrs }, text)), 30_000).then(
        () => 'taken',
        (error: unknown) => (error instanceof StanzaRefused ? error.condition : String(error)),
      );
    expect(await ask('open', { sid: 'a', 'block-size': 65_536 })).toBe('resource-constraint');
    expect(await ask('open', { sid: 'a', 'block-size': 4096, stanza: 'message' })).toBe('feature-not-implemented');
    expect(await ask('open', { sid: '', 'block-size': 4096 })).toBe('bad-request');
    expect(await ask('data', { sid: 'nobody', seq: 0 }, 'AAAA')).toBe('item-not-found');
    expect(await ask('open', { sid: 'a', 'block-size': 4096 })).toBe('taken');
    expect(await ask('open', { sid: 'a', 'block-size': 4096 })).toBe('bad-request');
    expect(await ask('data', { sid: 'a', seq: 0 }, 'AAAA')).toBe('taken');
    expect(await ask('data', { sid: 'a', seq: 0 }, 'AAAA')).toBe('taken');
    expect(await ask('data', { sid: 'a', seq: 2 }, 'AAAA')).toBe('unexpected-request');
    expect(await ask('data', { sid: 'a', seq: 1 }, 'AAAA')).toBe('item-not-found');
    expect(failures).toMatchObject([{ code: 'dropped' }]);
    const opened: string[] = [];
    for (let number = 0; number < 40; number += 1)
      opened.push(await ask('open', { sid: `s${number}`, 'block-size': 16 }));
    expect(opened.filter((answer) => answer === 'taken')).toHaveLength(32);
    expect(opened.at(-1)).toBe('resource-constraint');
    // Nobody reads it: so much is kept, and no more.
    const blocks = Array.from({ length: 200 }, (_, seq) =>
      ask('data', { sid: 's0', seq }, Buffer.alloc(16).toString('base64')),
    );
    expect(await Promise.any(blocks.slice(100))).not.toBe('taken');
    const [first] = streams;
    first?.end('hello');
    expect((await readAll(good)).toString()).toBe('hello');
  });
});

/** What came until the stream was over; `reached` is called once so many bytes have come. */
function untilEnd(stream: Duplex, bytes: number, reached: () => void): Promise<Buffer> {
  let came = Buffer.alloc(0);
  return new Promise((resolve) => {
    if (stream.closed) return resolve(came);
    stream
      .on('error', () => undefined)
      .on('close', () => resolve(came))
      .on('data', (chunk: Buffer) => {
        const before = came.length;
        came = Buffer.concat([came, chunk]);
        if (before < bytes && came.length >= bytes) reached();
      });
  });
}

describe.skipIf(skipped)('a friend who is gone without a word', () => {
  test('takes the streams with him, also where nothing was to be said', async () => {
    const scene = await setUp();
    const streams: Duplex[] = [];
    const { addresses } = await listen(scene.context('ann', { friends: ['eve'] }), (stream) => {
      streams.push(stream.on('error', () => undefined));
    });
    const [ann] = addresses;
    const to = ann?.kind === 'p2p' ? ann.address : '';
    const eve = await rogueAt(scene, 'eve');
    await eve.send(presenceWith({ kind: 'query' }, 'ann@peers.test'));
    const open = xml('open', { xmlns: IBB, sid: 'a', 'block-size': 4096 });
    await eve.request(xml('iq', { type: 'set', to }, open), 30_000);
    await eve.close();
    await until('the stream is gone', () => streams.length === 1 && streams.every(({ destroyed }) => destroyed));
  });
});

describe.skipIf(skipped)('a connection that is cut', () => {
  test('is resumed: news that were told meanwhile come, and streams end both ways', async () => {
    const scene = await setUp();
    const proxy = await startTcpProxy(onTestFinished, '127.0.0.1', scene.server.port);
    const through = { keys: { service: `127.0.0.1:${proxy.port}` } };
    const ended: string[] = [];
    const ann = scene.context('ann', { friends: ['ben'] });
    const { addresses } = await listen(ann, (stream) => {
      stream
        .on('error', () => undefined)
        .on('close', () => ended.push('there'))
        .resume();
    });
    const [teller, hearer] = [
      await announce(ann),
      await announce(scene.context('ben', { friends: ['ann'], ...through })),
    ];
    const stream = await xmpp.dial(addresses[0] ?? at(''), scene.context('ben', through), ever);
    stream.on('error', () => undefined).on('close', () => ended.push('here'));
    proxy.cut();
    teller.tell(['u9']);
    await scene.logged.next(/connected again/);
    await until('ben is told', () => hearer.told.flat().includes('u9'));
    await until('the stream has ended both ways', () => ended.length === 2);
  });

  test('twice, in the middle of what a stream carries, ends that stream each time, and the next is whole', {
    timeout: 240_000,
  }, async () => {
    const scene = await setUp();
    const proxy = await startTcpProxy(onTestFinished, '127.0.0.1', scene.server.port);
    const through = { keys: { service: `127.0.0.1:${proxy.port}` } };
    const sent = randomBytes(1024 * 1024);
    const { addresses } = await listen(scene.context('ann', { friends: ['ben'] }), (stream) => {
      stream.on('error', () => undefined).resume();
      stream.end(sent);
    });
    const ben = scene.context('ben', through);
    for (let cuts = 0; cuts < 2; cuts += 1) {
      const stream = await xmpp.dial(addresses[0] ?? at(''), ben, ever);
      const cut = await untilEnd(stream, 100_000, proxy.cut);
      expect(cut.length).toBeLessThan(sent.length);
    }
    const stream = await xmpp.dial(addresses[0] ?? at(''), ben, ever);
    expect(sum(await readAll(stream))).toBe(sum(sent));
  });

  test.each([
    [150, 150],
    [250, 250],
    [350, 300],
  ])(
    'three times, %i and then %i ms apart, for both accounts, leaves neither deaf',
    {
      timeout: 100_000,
    },
    async (first, second) => {
      const scene = await setUp();
      const proxy = await startTcpProxy(onTestFinished, '127.0.0.1', scene.server.port);
      const through = { keys: { service: `127.0.0.1:${proxy.port}` } };
      const [long, short] = [randomBytes(1024 * 1024), randomBytes(100_000)];
      let next = long;
      const { addresses } = await listen(scene.context('ann', { friends: ['ben'], ...through }), (stream) => {
        stream.on('error', () => undefined).resume();
        stream.end(next);
      });
      const ben = scene.context('ben', through);
      const cut = await untilEnd(await xmpp.dial(addresses[0] ?? at(''), ben, ever), 50_000, () => {
        next = short;
        proxy.cut();
        // What is tried is a cut at each moment of being connected again, of which none tells.
        for (const afterMs of [first, first + second]) setTimeout(proxy.cut, afterMs);
      });
      expect(cut.length).toBeLessThan(long.length);
      const whole = async (): Promise<Buffer> => {
        for (;;) {
          // Until both are logged in again a stream may not be had, or be lost once more.
          const stream = await xmpp.dial(addresses[0] ?? at(''), ben, ever).catch(() => undefined);
          const came = stream && (await untilEnd(stream, 0, () => undefined));
          if (came?.length === short.length) return came;
          await nextTurn(AGAIN_MS);
        }
      };
      expect(sum(await whole())).toBe(sum(short));
    },
  );
});

describe.skipIf(skipped)('news', () => {
  test('reach those who are friends, and other programs of the account, and nobody else', async () => {
    const { context } = await setUp();
    const ann = await announce(context('ann', { friends: ['ben'] }));
    const annToo = await announce(context('ann', { repository: 'ann-too' }));
    const ben = await announce(context('ben', { friends: ['ann'] }));
    const eve = await announce(context('eve', { friends: ['ann'] }));
    eve.tell(['u0']);
    ann.tell(['u1', 'u2']);
    await until('ben is told', () => ben.told.length > 0 && annToo.told.length > 0);
    expect([ben.told, annToo.told, ann.told, eve.told]).toEqual([[['u1', 'u2']], [['u1', 'u2']], [], []]);
    await until('ann knows who is there', () => ann.came.some((jid) => jid.startsWith('ben@')));
    expect(ann.came.filter((jid) => jid.startsWith('eve@'))).toEqual([]);
  });

  test('reach and come from a friend who was made one meanwhile, and from one no more who is none', async () => {
    const { server, context } = await setUp();
    const ann = await announce(context('ann', { friends: ['eve'] }));
    const ben = await announce(context('ben', { friends: ['ann'] }));
    const eve = await announce(context('eve', { friends: ['ann'] }));
    ann.meet?.({ xmppFriends: [server.jid('ben')] });
    await until('ann sees ben', () => ann.came.some((jid) => jid.startsWith('ben@')));
    eve.tell(['u0']);
    ben.tell(['u1']);
    await until('ann is told', () => ann.told.length > 0);
    expect(ann.told).toEqual([['u1']]);
    ann.tell(['u2']);
    await until('ben is told', () => ben.told.length > 0);
    expect(eve.told).toEqual([]);
  });

  test('are told again after the server was away', async () => {
    const { server, context, logged } = await setUp();
    const ann = await announce(context('ann', { friends: ['ben'] }));
    const ben = await announce(context('ben', { friends: ['ann'] }));
    const isBen = (jid: string): boolean => jid.startsWith('ben@');
    await until('ben is there', () => ann.came.some(isBen));
    await server.stop();
    await server.start();
    await logged.next(/logged in again/);
    await until('ben is there again', () => ann.came.filter(isBen).length > 1);
    await until('ben knows that he may have missed something', () => ben.told.flat().includes('missed'));
    ann.tell(['u3']);
    await until('ben is told', () => ben.told.flat().includes('u3'));
  });
});
