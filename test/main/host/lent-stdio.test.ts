import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { isInherited } from '../../../src/main/host/inherited.ts';
import { wayToUse } from '../../../src/main/host/lent-stdio.ts';
import { PROGRAM } from '../../support/daemon.ts';
import { createLineLog, logLines } from '../../support/next-line.ts';
import { killQuietly } from '../../support/processes.ts';
import { makePlace } from '../instance/posing-daemon.ts';

test.each([
  ['a file, or a terminal', { kind: 'other', canOpenAnew: false, shared: true }, 'plain'],
  ['a pipe', { kind: 'pipe', canOpenAnew: true, shared: true }, 'anew'],
  ['a pipe of another account', { kind: 'pipe', canOpenAnew: false, shared: false }, 'through-cat'],
  ['a socket that others have, too', { kind: 'socket', canOpenAnew: false, shared: true }, 'through-cat'],
  ['a socket of its own', { kind: 'socket', canOpenAnew: false, shared: false }, 'plain'],
] as const)('what was lent is used so that others find it as it was: %s', (_what, { shared, ...facts }, way) => {
  expect(wayToUse({ ...facts, isShared: () => shared })).toBe(way);
});

const NON_BLOCKING = 0o4000;
/** Of those above 15 Node itself takes no care. */
const MANY = 20;

/** The descriptors that a child of it would find open. */
function inheritedFrom(pid: string): string[] {
  const at = `/proc/${pid}/fdinfo`;
  return fs.readdirSync(at).filter((descriptor) => {
    try {
      return isInherited(fs.readFileSync(`${at}/${descriptor}`, 'latin1'));
    } catch {
      // It was closed since.
      return false;
    }
  });
}

test.runIf(process.platform === 'linux')(
  'a daemon leaves the sockets and the pipe that it shares with others blocking, and its children nothing else',
  async () => {
    const place = await makePlace();
    // Its stdin and stdout are sockets that the shell has, too; its stderr is a pipe.
    const script = '{ "$@" 2>&1 1>&3 | cat >&2; } 3>&1';
    const child: ChildProcess = spawn('sh', ['-c', script, 'sh', process.execPath, PROGRAM, '--foreground'], {
      cwd: place.repo.directory,
      env: place.scratch.env,
      stdio: Array.from({ length: MANY }, () => 'pipe'),
    });
    const log = createLineLog('stderr');
    if (child.stderr) logLines(child.stderr, log);
    const [, pid = ''] = /pid (\d+)/.exec((await log.next(/ runs in /)).text) ?? [];
    onTestFinished(() => killQuietly(Number(pid)));
    for (const descriptor of [0, 1, 2]) {
      const [, flags = ''] =
        /^flags:\s*(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8')) ?? [];
      expect([descriptor, Number.parseInt(flags, 8) & NON_BLOCKING]).toEqual([descriptor, 0]);
    }
    expect(inheritedFrom(pid)).toEqual([]);
    child.stdin?.write('STOP\n');
    await log.next(/ stopping: STOP$/);
    await log.next(/ stopped$/);
    expect(await once(child, 'close')).toEqual([0, null]);
  },
);

test('a daemon whose parent has gone before it reads ends, and has obeyed what was said', async () => {
  const place = await makePlace();
  const run = async (input: string): Promise<string> => {
    // A pipe of the shell, and no socket, which is what Node has for its children.
    const script = `${input} | { sleep 0.1; "$@"; }`;
    const child: ChildProcess = spawn('sh', ['-c', script, 'sh', process.execPath, PROGRAM, '--foreground'], {
      cwd: place.repo.directory,
      env: place.scratch.env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const log = createLineLog('stderr');
    if (child.stderr) logLines(child.stderr, log);
    await log.next(/ stopped$/);
    expect(await once(child, 'close')).toEqual([0, null]);
    return log.seen.map(({ text }) => text).join('\n');
  };
  expect(await run(':')).toMatch(/ stopping: end of file on stdin$/m);
  expect(await run('echo NONSENSE')).toMatch(/NONSENSE[\s\S]* stopping: end of file on stdin$/m);
});
