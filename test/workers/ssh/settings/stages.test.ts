// Owns: a way that leads through itself, or has no end, is no way: told before any ssh is started to follow it.
// Leaves: ways that lead somewhere (ssh2-connection.test.ts).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sshCallIn } from '../../../../src/workers/ssh/settings/proxy-command.ts';
import { readSettings } from '../../../../src/workers/ssh/settings/read-settings.ts';
import { parseSettings } from '../../../../src/workers/ssh/settings/settings.ts';
import { stagesTo } from '../../../../src/workers/ssh/settings/stages.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { makeScratch } from '../../../support/temp-repo.ts';

/** The hosts on the way to `host`, or what is wrong with it. */
async function wayTo(host: string, config: string, more: readonly string[] = []): Promise<string> {
  const { directory } = makeScratch(onTestFinished);
  const file = join(directory, 'config');
  writeFileSync(file, config, { mode: 0o600 });
  const program = { program: 'ssh', options: ['-F', file, ...more], directory };
  const { signal } = new AbortController();
  try {
    const settings = await readSettings(program, { host }, signal);
    const stages = await stagesTo({ program, destination: { host }, settings }, signal);
    return stages.map(({ destination }) => destination.host).join(' ');
  } catch (error) {
    return String(error).replaceAll(file, 'CONFIG');
  }
}

/** OpenSSH itself sees it only where a host names itself and nothing renames it. */
const AGAIN =
  /^DaemonError: bad-ssh-config: (?:the way to h leads through \S+ again and again; correct ProxyJump or|jumphost loop)/;

describe.skipIf(lacksPeers('ways as ssh -G tells of them', 'ssh'))('the way to a host', () => {
  test.each([
    ['a jump host that is its own', 'Host h j\n HostName 127.0.0.1\n ProxyJump j'],
    ['itself, by another name', 'Host *\n HostName 127.0.0.1\n ProxyJump me@other'],
    ['two that need each other', 'Host h\n ProxyJump a\nHost a\n ProxyJump b\nHost b\n ProxyJump a'],
    ['the first of several', 'Host h\n ProxyJump a,b\nHost a\n ProxyJump b,a'],
    ['a ProxyCommand', 'Host h j\n HostName 127.0.0.1\n ProxyCommand ssh -F CONFIG -W [%h]:%p j'],
    [
      'a ProxyCommand with quotes',
      'Host h j\n HostName 127.0.0.1\n ProxyCommand exec ssh -q -F CONFIG -W "%h:%p" me@j',
    ],
    ['a ProxyCommand of another kind', 'Host h\n ProxyCommand ssh -F CONFIG -p22 j nc %h %p\nHost j\n ProxyJump h'],
    ['a jump host, then a ProxyCommand', 'Host h j\n ProxyJump j2\nHost j2\n ProxyCommand ssh -F CONFIG -W %h:%p j'],
  ])('leads through itself: %s', async (_what, config) => {
    const { directory } = makeScratch(onTestFinished);
    const file = join(directory, 'config');
    const text = config.replaceAll('CONFIG', file);
    writeFileSync(file, text, { mode: 0o600 });
    expect(await wayTo('h', text)).toMatch(AGAIN);
  });

  test('has no end: each host is reached through another', async () => {
    expect(await wayTo('h', 'Host *\n ProxyJump x%n')).toMatch(/bad-ssh-config: the way to h leads over more than 8/);
  });

  test.each([
    ['over several', 'Host h\n ProxyJump a,b', 'a b h'],
    ['over one that has a jump host itself', 'Host h\n ProxyJump b\nHost b\n ProxyJump a', 'a b h'],
    ['over others, whose own jump hosts do not count', 'Host h\n ProxyJump a,b\nHost b\n ProxyJump c,b', 'a b h'],
    ['by a command', 'Host h\n ProxyCommand nc %h %p', 'h'],
    ['by an ssh that gets there', 'Host h\n ProxyCommand ssh -F none -W %h:%p gate', 'h'],
  ])('leads there %s', async (_what, config, way) => {
    expect(await wayTo('h', config)).toBe(way);
  });

  test('may have a jump host of the same name on the command line, where that has none itself', async () => {
    expect(await wayTo('h', '', ['-J', 'j'])).toBe('j h');
  });
});

test.each([
  ['ssh -W %h:%p gate', ['ssh', [], { host: 'gate' }]],
  [
    "exec /usr/bin/ssh -qTo 'ServerAliveInterval 3' -p 77 me@gate nc %h %p",
    ['/usr/bin/ssh', ['-o', 'ServerAliveInterval 3'], { host: 'gate', user: 'me', port: 77 }],
  ],
  ['A=1 ssh -l me -J far gate -W %h:%p', ['ssh', ['-J', 'far'], { host: 'gate', user: 'me' }]],
  ['ssh -W %h:%p gate-of-%r', ['ssh', [], { host: 'gate-of-git' }]],
  ["sh -c 'exec timeout 9 ssh -W %h:%p gate'", ['ssh', [], { host: 'gate' }]],
  ['"ssh "', undefined],
  ['nc %h %p', undefined],
  ['ssh -V', undefined],
  ['ssh %k', undefined],
  ['', undefined],
])('the ssh that %j starts', (command, call) => {
  const context = { home: '/', localUser: 'me', directory: '/', variables: {} };
  const found = sshCallIn(command, { raw: parseSettings('hostname h\nport 22\nuser git'), context, hasProgram: true });
  expect(found && [found.program, found.options, JSON.parse(JSON.stringify(found.to))]).toEqual(call);
});
