import { describe, expect, test } from 'vitest';
import { type Call, type Command, parseCommandLine } from '../../../src/main/commands/command-line.ts';
import { COMMANDS, OWN_OPTIONS } from '../../../src/main/commands/table/table.ts';

const parse = (line: string, env = {}): Command => parseCommandLine(line === '' ? [] : line.split(' '), env);

const call = (
  command: Call['command'],
  options: Readonly<Record<string, string>> = {},
  words: string[] = [],
): Command => ({
  kind: 'call',
  call: { command, words, options: new Map(Object.entries(options)) },
});
const help = (...names: string[]): Command => ({
  kind: 'help',
  about: names.map((name) => expect.objectContaining({ name })),
});

describe('the command line', () => {
  test.each<[string, Command]>([
    ['', call('start')],
    ['start', call('start')],
    ['--replace', call('start', { '--replace': '' })],
    ['start --replace --remote-id=uri', call('start', { '--replace': '', '--remote-id': 'uri' })],
    ['--foreground', call('foreground')],
    ['--remote-id=name --foreground', call('foreground', { '--remote-id': 'name' })],
    ['--foreground --remote-id uri', call('foreground', { '--remote-id': 'uri' })],
    ['--foreground --parent-pid=4711', call('foreground', { '--parent-pid': '4711' })],
    ['--foreground --parent-pid 4711', call('foreground', { '--parent-pid': '4711' })],
    ['run --replace', call('run', { '--replace': '' })],
    ['-v', call('start', { '--verbose': '' })],
    ['run -q', call('run', { '--quiet': '' })],
    ['stop', call('stop')],
    ['status', call('status')],
    ['--json status', call('status', { '--json': '' })],
    ['status origin other --json', call('status', { '--json': '' }, ['origin', 'other'])],
    ['status --color', call('status', { '--color': 'always' })],
    ['status --color never', call('status', { '--color': 'always' }, ['never'])],
    ['status --color=never', call('status', { '--color': 'never' })],
    ['log', call('log')],
    ['log -f', call('log', { '--follow': '' })],
    ['log --follow', call('log', { '--follow': '' })],
    ['log -n 5', call('log', { '--lines': '5' })],
    ['log -n5 origin', call('log', { '--lines': '5' }, ['origin'])],
    ['log -fn5', call('log', { '--follow': '', '--lines': '5' })],
    ['log --lines=5', call('log', { '--lines': '5' })],
    ['-n 5 log', call('log', { '--lines': '5' })],
    ['events --since 12 -f', call('events', { '--since': '12', '--follow': '' })],
    ['events --since=a=b', call('events', { '--since': 'a=b' })],
    ['fetch -- -odd --no-wait', call('fetch', {}, ['-odd', '--no-wait'])],
    ['service install --all', call('service install', { '--all': '' })],
    ['completion zsh', call('completion', {}, ['zsh'])],
    ['annex-wrapper -', call('annex-wrapper', {}, ['-'])],
    ['help', help()],
    ['-h', help()],
    ['help stop', help('stop')],
    ['stop --help', help('stop')],
    ['stop now -h', help('stop')],
    ['--foreground -h', help('foreground')],
    ['help --foreground', help('foreground')],
    ['help peer remove', help('peer remove')],
    ['peer remove -h', help('peer remove')],
    ['peer -h', help('peer invite', 'peer accept', 'peer list', 'peer remove')],
    ['help service', help('service install', 'service remove', 'service status')],
    ['help help', help('help')],
    ['--version', { kind: 'version', buildOptions: false }],
    ['--version --build-options', { kind: 'version', buildOptions: true }],
    ['--control-path', { kind: 'control-path' }],
    ['peer invite', call('peer invite')],
    ['peer invite --network=tor --name bob', call('peer invite', { '--network': 'tor', '--name': 'bob' })],
    ['peer accept bob -', call('peer accept', {}, ['bob', '-'])],
    [
      'peer accept --write bob secret --one-way',
      call('peer accept', { '--write': '', '--one-way': '' }, ['bob', 'secret']),
    ],
    ['--json peer list', call('peer list', { '--json': '' })],
    ['peer remove bob', call('peer remove', {}, ['bob'])],
  ])('%j is understood', (line, command) => {
    expect(parse(line)).toEqual(command);
  });

  test.each([
    ['peer', "'peer' needs invite, accept, list or remove"],
    ['peer constructor', "'peer' has no such command: it has invite, accept, list or remove"],
    ['peer lst', "'peer' has no such command; did you mean 'peer list'?"],
    ['peer secret', "'peer' has no such command: it has invite, accept, list or remove"],
    ['service', "'service' needs install, remove or status"],
    ['peer invite secret', "there is a word too many behind 'peer invite'"],
    ['peer invite --network', '--network needs a value: --network=NET'],
    ['peer invite --network --write', '--network needs a value: --network=NET'],
    ['peer invite --name=', '--name needs a value: --name=NAME'],
    ['peer invite --one-way', "'peer invite' has no option '--one-way'"],
    ['peer accept', "'peer accept' needs NAME"],
    // What may be a secret is not repeated.
    ['peer accept bob secret more', "there is a word too many behind 'peer accept'"],
    ['peer accept bob --invitation=secret', "'peer accept' has no option '--invitation'"],
    ['peer accept bob --one-way=secret', '--one-way has no value'],
    ['peer accept bob -p2p-annex::hyper:secret', "'peer accept' has no option '-…'"],
    ['peer remove', "'peer remove' needs NAME"],
    ['peer list --write', "'peer list' has no option '--write'"],
    ['frobnicate', "there is no command 'frobnicate'"],
    ['stauts', "there is no command 'stauts'; did you mean 'status'?"],
    ['stat', "there is no command 'stat'; did you mean 'status'?"],
    ['peers list', "there is no command 'peers'; did you mean 'peer'?"],
    ['invite', "there is no command 'invite'; did you mean 'peer invite'?"],
    ['version', "there is no command 'version'; did you mean '--version'?"],
    ['foreground', "there is no command 'foreground'; did you mean '--foreground'?"],
    ['foo', "there is no command 'foo'"],
    ['constructor', "there is no command 'constructor'"],
    ['help stauts', "there is no command 'stauts'; did you mean 'status'?"],
    ['help peer lst', "'peer' has no such command; did you mean 'peer list'?"],
    ['stop now', "'now' is one word too many"],
    ['--foreground start', "'start' is one word too many"],
    ['--foreground=x', '--foreground has no value'],
    ['stop --replace', "'stop' has no option '--replace'"],
    ['--foreground --json', "--foreground has no option '--json'"],
    ['status --jsn', "'status' has no option '--jsn'; did you mean '--json'?"],
    ['stop --force', "'stop' has no option '--force'"],
    ['-V', "there is no option '-V'"],
    ['--verison', "there is no option '--verison'; did you mean '--version'?"],
    ['log -fx', "'log' has no option '-x'"],
    ['-f', "'start' has no option '--follow'"],
    ['stop --remote-id=url', "'stop' has no option '--remote-id'"],
    ['run --remote-id', '--remote-id needs a value: --remote-id=name or --remote-id=uri'],
    ['run --remote-id=', '--remote-id needs a value: --remote-id=name or --remote-id=uri'],
    ['run --remote-id=url', "--remote-id must be name or uri, not 'url'"],
    ['--remote-id=URI', "--remote-id must be name or uri, not 'URI'"],
    ['--foreground --parent-pid=', '--parent-pid needs a value: --parent-pid=PID'],
    ['--foreground --parent-pid=0', "--parent-pid must be the number of a process, not '0'"],
    ['--foreground --parent-pid=$$', "--parent-pid must be the number of a process, not '$$'"],
    ['--foreground --parent-pid=9999999999', "--parent-pid must be the number of a process, not '9999999999'"],
    ['run --parent-pid=1', "'run' has no option '--parent-pid'"],
    ['log -n many', "--lines must be a number of lines, not 'many'"],
    ['log -n', '--lines needs a value: --lines=N'],
    ['log -n -5', '--lines needs a value: --lines=N'],
    ['status --color=', '--color needs a value: --color=auto, --color=always or --color=never'],
    ['status --color=blue', "--color must be auto, always or never, not 'blue'"],
    ['watch', "'watch' needs REMOTE"],
    ['completion', "'completion' needs bash, zsh or fish"],
    ['completion tcsh', "'completion' needs bash, zsh or fish, not 'tcsh'"],
  ])('%j is wrong, and why is said', (line, why) => {
    expect(parse(line)).toMatchObject({ kind: 'wrong', why });
  });

  test.each([
    'origin x',
    'origin ssh://host/x',
    'daemon::x x',
    'stop status',
    'status daemon::x',
    'fetch ssh://host/x',
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
    'status origin',
    'fetch team/origin',
    'help status',
    'help --foreground',
    'service install',
    'completion bash',
    'annex-wrapper C:/x',
    'log -f',
    'log --follow',
    'log -n5',
    'start --replace',
    'start --remote-id=uri',
    'run --replace',
    'stop -h',
    'peer -h',
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
});

describe('the table of commands', () => {
  const options = [...OWN_OPTIONS, ...COMMANDS.flatMap((row) => row.options)];

  test('means the same kind of option by one name, and the same one by one letter', () => {
    const kind = ({ value, short }: (typeof options)[number]): string =>
      `${short} ${value === undefined ? 'none' : value.absent === undefined ? 'needed' : 'optional'}`;
    for (const option of options) {
      const others = options.filter(({ name, short }) => name === option.name || (short && short === option.short));
      expect([option.name, ...new Set(others.map(kind))]).toEqual([option.name, kind(option)]);
      expect(new Set(others.map(({ name }) => name))).toEqual(new Set([option.name]));
    }
  });

  test('says each command once, with the words that may be left out behind the others', () => {
    expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length);
    for (const { words } of COMMANDS) {
      const [, ...behindOptional] = words.slice(words.findIndex(({ optional }) => optional));
      if (words.some(({ optional }) => optional)) expect(behindOptional.every(({ optional }) => optional)).toBe(true);
      expect(words.slice(0, -1).some(({ many }) => many)).toBe(false);
    }
  });
});
