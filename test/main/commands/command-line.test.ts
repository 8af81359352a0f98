import { describe, expect, test } from 'vitest';
import { type Command, parseCommandLine } from '../../../src/main/commands/command-line.ts';
import { HELP, SHORT_USAGE, USAGE } from '../../../src/main/commands/help.ts';
import type { PeerCommand } from '../../../src/main/commands/peer-words.ts';

const parse = (line: string, env = {}): Command => parseCommandLine(line === '' ? [] : line.split(' '), env);

const peer = (of: PeerCommand): Command => ({ kind: 'peer', peer: of });
const ACCEPT = { kind: 'accept', name: 'bob', rights: 'read', oneWay: false } as const;

describe('the command line', () => {
  test.each<[string, Command]>([
    ['', { kind: 'start', replace: false }],
    ['start', { kind: 'start', replace: false }],
    ['--replace', { kind: 'start', replace: true }],
    ['start --replace --remote-id=uri', { kind: 'start', replace: true, remoteId: 'uri' }],
    ['--foreground', { kind: 'foreground', replace: false }],
    ['--remote-id=name --foreground', { kind: 'foreground', replace: false, remoteId: 'name' }],
    ['--foreground --parent-pid=4711', { kind: 'foreground', replace: false, parentPid: 4711 }],
    ['run --replace', { kind: 'run', replace: true }],
    ['stop', { kind: 'stop' }],
    ['pause', { kind: 'pause' }],
    ['resume', { kind: 'resume' }],
    ['reload', { kind: 'reload' }],
    ['status', { kind: 'status', json: false }],
    ['--json status', { kind: 'status', json: true }],
    ['log', { kind: 'log', follow: false }],
    ['log -f', { kind: 'log', follow: true }],
    ['log --follow', { kind: 'log', follow: true }],
    ['help', { kind: 'help' }],
    ['-h', { kind: 'help' }],
    ['stop --help', { kind: 'help' }],
    ['--version', { kind: 'version' }],
    ['peer invite', peer({ kind: 'invite', rights: 'read' })],
    [
      'peer invite --network=tor --write --name=bob',
      peer({ kind: 'invite', rights: 'write', network: 'tor', name: 'bob' }),
    ],
    ['peer invite --network tor --name bob', peer({ kind: 'invite', rights: 'read', network: 'tor', name: 'bob' })],
    ['peer accept bob -', peer({ ...ACCEPT, invitation: undefined })],
    ['peer accept bob', peer({ ...ACCEPT, invitation: undefined })],
    ['peer accept bob secret', peer({ ...ACCEPT, invitation: 'secret' })],
    ['peer accept --write bob - --one-way', peer({ ...ACCEPT, invitation: undefined, rights: 'write', oneWay: true })],
    ['peer list', peer({ kind: 'list', json: false })],
    ['peer list --json', peer({ kind: 'list', json: true })],
    ['--json peer list', peer({ kind: 'list', json: true })],
    ['peer remove bob', peer({ kind: 'remove', name: 'bob' })],
    ['peer remove -h', { kind: 'help' }],
  ])('%j is understood', (line, command) => {
    expect(parse(line)).toEqual(command);
  });

  test.each([
    ['peer', "'peer' needs one of invite, accept, list, remove"],
    ['peer constructor', "'peer' has no such command: it has invite, accept, list and remove"],
    ['peer invite bob', "there is a word too many behind 'peer invite'"],
    ['peer invite --network', '--network needs a value: --network=tor, or the name of another network'],
    ['peer invite --network --write', '--network needs a value: --network=tor, or the name of another network'],
    ['peer invite --name=', '--name needs a value: --name=NAME'],
    ['peer invite --one-way', "'peer invite' has no option '--one-way'"],
    ['peer accept', "'peer accept' needs NAME"],
    // What may be a secret is not repeated.
    ['peer accept bob secret more', "there is a word too many behind 'peer accept'"],
    ['peer accept bob --invitation=secret', "'peer accept' has no option '--invitation'"],
    ['peer remove', "'peer remove' needs NAME"],
    ['peer list --write', "'peer list' has no option '--write'"],
    ['frobnicate', "there is no command 'frobnicate'"],
    ['foreground', "there is no command 'foreground'"],
    ['constructor', "there is no command 'constructor'"],
    ['stop now', "'now' is one word too many"],
    ['--foreground start', "'start' is one word too many"],
    ['stop --replace', "'stop' has no option '--replace'"],
    ['--foreground --json', "--foreground has no option '--json'"],
    ['-V', "there is no option '-V'"],
    ['stop --force', "there is no option '--force'"],
    ['-f', "'start' has no option '-f'"],
    ['run --remote-id', '--remote-id needs a value: --remote-id=name or --remote-id=uri'],
    ['run --remote-id=', '--remote-id needs a value: --remote-id=name or --remote-id=uri'],
    ['run --remote-id=url', "--remote-id must be name or uri, not 'url'"],
    ['--remote-id=URI', "--remote-id must be name or uri, not 'URI'"],
    ['stop --remote-id=url', "'stop' has no option '--remote-id'"],
    ['--foreground --parent-pid 4711', '--parent-pid needs a value: --parent-pid=PID'],
    ['--foreground --parent-pid=', '--parent-pid needs a value: --parent-pid=PID'],
    ['--foreground --parent-pid=0', "--parent-pid must be the number of a process, not '0'"],
    ['--foreground --parent-pid=$$', "--parent-pid must be the number of a process, not '$$'"],
    ['--foreground --parent-pid=9999999999', "--parent-pid must be the number of a process, not '9999999999'"],
    ['run --parent-pid=1', "'run' has no option '--parent-pid'"],
    ['log -n 5', "there is no option '-n'"],
    ['-n 5', "there is no option '-n'"],
    ['log -f 5', "'5' is one word too many"],
    ['--remote-id uri', '--remote-id needs a value: --remote-id=name or --remote-id=uri'],
    ['run --remote-id uri', '--remote-id needs a value: --remote-id=name or --remote-id=uri'],
  ])('%j is wrong, and why is said', (line, why) => {
    expect(parse(line)).toMatchObject({ kind: 'wrong', why });
  });

  test.each([
    'origin x',
    'origin ssh://host/x',
    'daemon::x x',
    'stop status',
    'status daemon::x',
    'daemon::-h -h',
    'peer x',
    'peer p2p-annex::net:list',
    'daemon::--json --json',
    'origin --version',
    'constructor --json',
    'foreground: --json',
  ])('with GIT_DIR set, %j is a call of a remote helper', (line) => {
    expect(parse(line, { GIT_DIR: '.git' })).toEqual({ kind: 'remote-helper' });
    expect(parse(line)).not.toEqual({ kind: 'remote-helper' });
  });

  test.each([
    'status --json',
    'status --jsn',
    'log -f',
    'log --follow',
    'start --replace',
    'start --remote-id=uri',
    'run --replace',
    'stop -h',
    '--json status',
    '-f log',
    '--foreground --remote-id=uri',
    '--replace start',
    'status',
    '-h a b',
    'peer list',
    'peer invite',
    'peer list --json',
    'peer remove bob',
    'peer accept bob -',
  ])('with GIT_DIR set, as in a hook or an alias, %j is still our own', (line) => {
    expect(parse(line, { GIT_DIR: '.git' })).toEqual(parse(line));
  });

  test('what is said of a wrong call is short, and points to the help', () => {
    expect(SHORT_USAGE.split('\n')).toHaveLength(3);
    expect(SHORT_USAGE).toContain('git remote-daemon -h');
    expect(SHORT_USAGE.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('the help fits an 80-column terminal and begins with the usage', () => {
    expect(HELP.startsWith(USAGE)).toBe(true);
    expect(HELP.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});
