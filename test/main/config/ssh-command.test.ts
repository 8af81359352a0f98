import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { splitShellWords } from '../../../src/main/config/shell-words.ts';
import { readSshCommand, withSshOptions } from '../../../src/main/config/ssh-command.ts';
import { configOf } from './read-config.ts';

const HOME = '/home/me';
const fromEnv = (GIT_SSH_COMMAND: string) => readSshCommand(configOf(), { HOME, GIT_SSH_COMMAND });
const options = (...words: readonly string[]) => ({ kind: 'options', program: 'ssh', options: words });

describe('which command counts', () => {
  const config = configOf('core.sshCommand=ssh -4');
  test('GIT_SSH_COMMAND, then core.sshCommand, then GIT_SSH, then ssh', () => {
    expect(readSshCommand(config, { GIT_SSH_COMMAND: 'ssh -6', GIT_SSH: '/opt/ssh' })).toEqual(options('-6'));
    expect(readSshCommand(config, { GIT_SSH: '/opt/ssh' })).toEqual(options('-4'));
    expect(readSshCommand(configOf(), { GIT_SSH: '/my tools/ssh' })).toEqual({
      ...options(),
      program: '/my tools/ssh',
    });
    expect(readSshCommand(configOf(), {})).toEqual(options());
  });

  test('one that is empty is as one that is not set', () => {
    expect(readSshCommand(config, { GIT_SSH_COMMAND: '', GIT_SSH: '' })).toEqual(options('-4'));
    expect(readSshCommand(configOf('core.sshCommand='), { GIT_SSH: '' })).toEqual(options());
  });
});

describe('a plain ssh with options', () => {
  test.each([
    ['ssh', []],
    ['ssh -i ~/.ssh/id_work', ['-i', '/home/me/.ssh/id_work']],
    ['ssh -i~/.ssh/id_work', ['-i~/.ssh/id_work']],
    ['ssh -i "/home/me/my key" -o IdentitiesOnly=yes', ['-i', '/home/me/my key', '-o', 'IdentitiesOnly=yes']],
    ["ssh -o 'ProxyCommand=nc %h %p' -p2222", ['-o', 'ProxyCommand=nc %h %p', '-p2222']],
    ['ssh -4vv -F/dev/null -J a,b', ['-4vv', '-F/dev/null', '-J', 'a,b']],
    ['  ssh\t-4Cl me ', ['-4Cl', 'me']],
    ['ssh -o "A=\\"x\\""', ['-o', 'A="x"']],
    ['ssh -i a\\ b', ['-i', 'a b']],
  ])('%s', (command, words) => {
    expect(fromEnv(command)).toEqual(options(...words));
  });

  test('may have a path', () => {
    expect(fromEnv('/usr/bin/ssh -4')).toEqual({ kind: 'options', program: '/usr/bin/ssh', options: ['-4'] });
    expect(fromEnv('~/bin/ssh')).toEqual({ kind: 'options', program: '/home/me/bin/ssh', options: [] });
  });
});

describe('anything else is left to a shell', () => {
  test.each([
    ...['ssh -i $HOME/key', 'ssh -i `key`', 'ssh -4; true', 'ssh | cat', 'ssh & ssh', 'ssh >log', 'exec ssh -4'],
    ...['X=y ssh', 'ssh -i *.key', 'ssh # no', 'ssh -i "unfinished', "ssh -i 'unfinished", 'ssh -i ~me/key'],
    ...[
      'ssh host',
      'ssh -4 host',
      'ssh --',
      'ssh -',
      'ssh -i',
      'ssh -N',
      'ssh -W a:1',
      'ssh -L 1:a:1',
      'ssh -f',
      'ssh -Z',
    ],
    ...['ssh -i "$KEY"', 'sshpass -e ssh', 'my-wrapper -4', 'ssh -4\nssh', '(ssh)', 'ssh -i {a,b}', '!ssh'],
  ])('%j', (command) => {
    expect(fromEnv(command)).toEqual({ kind: 'shell', command, variant: 'ssh' });
  });
});

describe('the variant', () => {
  test.each([
    ['plink', 'plink'],
    ['/opt/PLink.exe -load x', 'plink'],
    ['"/opt/my tools/TortoisePlink.exe" $X', 'tortoiseplink'],
    ['putty', 'ssh'],
    ['my-ssh', 'ssh'],
  ])('of %s is %s', (command, variant) => {
    expect(fromEnv(command)).toEqual({ kind: 'shell', command, variant });
    expect(readSshCommand(configOf(`core.sshCommand=${command}`), {})).toMatchObject({ variant });
  });

  test.each(['simple', 'plink', 'putty', 'tortoiseplink'])(
    '%s holds where it is set, for ssh itself too',
    (variant) => {
      expect(readSshCommand(configOf(`ssh.variant=${variant}`), {})).toEqual({
        kind: 'shell',
        command: "'ssh'",
        variant,
      });
      const env = { GIT_SSH_VARIANT: variant, GIT_SSH_COMMAND: 'x y' };
      expect(readSshCommand(configOf('ssh.variant=ssh'), env)).toEqual({ kind: 'shell', command: 'x y', variant });
    },
  );

  test('of GIT_SSH goes by its name, and it is one word', () => {
    expect(readSshCommand(configOf(), { GIT_SSH: '/my tools/plink' })).toEqual({
      kind: 'shell',
      command: "'/my tools/plink'",
      variant: 'plink',
    });
  });

  test('is that of ssh where it is set to something else', () => {
    expect(readSshCommand(configOf('ssh.variant=openssh'), { GIT_SSH: 'plink' })).toMatchObject({ variant: 'ssh' });
    expect(readSshCommand(configOf('ssh.variant=auto'), { GIT_SSH: 'plink' })).toMatchObject({ variant: 'plink' });
  });
});

describe("git-annex's ssh options", () => {
  test('come behind those there are', () => {
    expect(withSshOptions(fromEnv('ssh -4'), ['-p', '2222'])).toEqual(options('-4', '-p', '2222'));
    expect(withSshOptions(fromEnv('ssh'), [])).toEqual(options());
  });

  test('that ssh would take for something else are left to a shell', () => {
    const command = "'ssh' '-4' '-L' '1:a:1'";
    expect(withSshOptions(fromEnv('ssh -4'), ['-L', '1:a:1'])).toEqual({ kind: 'shell', command, variant: 'ssh' });
  });

  test('do nothing to a command of the user', () => {
    expect(withSshOptions(fromEnv('wrap ssh'), ['-4'])).toEqual(fromEnv('wrap ssh'));
  });
});

test('words are those that a shell makes', () => {
  const commands = [
    ...[
      'a b',
      ' a  "b c" ',
      'a\'b\'"c"d',
      'a\\ b \\"',
      '"a\\$b\\`c\\\\"',
      "''",
      '"" a',
      'ü=ö,%@+:/.-_^',
      '~/x a~b "~/c" ~',
    ],
    ...['a=~/b', 'x~/y'],
  ];
  for (const command of commands) {
    const printed = execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${command}`], { env: { HOME }, encoding: 'utf8' });
    expect([command, splitShellWords(command, HOME)]).toEqual([command, printed.split('\0').slice(0, -1)]);
  }
});

test('a home directory that is not known is not guessed', () => {
  expect(splitShellWords('ssh -i ~/key', undefined)).toBeUndefined();
});
