import { describe, expect, test } from 'vitest';
import { type Command, HELP, parseCommandLine, SHORT_USAGE, USAGE } from '../../../src/main/commands/command-line.ts';

const parse = (line: string, env = {}): Command => parseCommandLine(line === '' ? [] : line.split(' '), env);

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
  ])('%j is understood', (line, command) => {
    expect(parse(line)).toEqual(command);
  });

  test.each([
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
    expect(parse(line)).toEqual({ kind: 'wrong', why });
  });

  test.each([
    'origin x',
    'origin ssh://host/x',
    'daemon::x x',
    'stop status',
    'status daemon::x',
    'daemon::-h -h',
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
