// Owns: which processes on the server a new watcher ends: what an earlier one of the same mark and user has left.
// Leaves: that it does so over ssh (server-watch.test.ts).
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { script as END_PREDECESSOR } from '../../../../src/workers/ssh/watch/end-predecessor.sh';
import { findProgram } from '../../../support/peers.ts';
import { makeScratch } from '../../../support/temp-repo.ts';

/** As ps says them: pid, parent, user, command. $OWN is the new watcher, whose user is 7. */
const PROCESSES = `
    1     0     0 /sbin/init
  100     1     7 sshd: git@notty
 $OWN   100     7 /bin/sh -s grd-one
  801  $OWN     7 sh -s grd-one
  200     1     7 /bin/sh -s grd-one
  201   200     7 /bin/sh -s grd-one
  202   201     7 inotifywait -m -r
  203   202     8 sudo something
  300     1     7 /bin/sh -s grd-two
  301   300     7 sleep 1
  400     1     7 vi notes/sh -s grd-one
  401     1     7 less +/sh -s grd-one
  402     1     7 /bin/sh -c grd-one
  403     1     7 grep sh -s grd-one
  500     1     8 /bin/sh -s grd-one
  501   500     8 sleep 1
  502   500     7 passwd
`;

/** The words of each `kill`. `isSmall`: ps knows no \`uid\`, as that of busybox. */
function killed(isSmall: boolean): string[] {
  const { home } = makeScratch(onTestFinished);
  const bin = join(home, 'bin');
  mkdirSync(bin);
  const refusal = isSmall ? 'case $* in *uid=*) exit 1 ;; esac\n' : '';
  writeFileSync(join(bin, 'ps'), `#!/bin/sh\n${refusal}cat <<END${PROCESSES}END\n`, { mode: 0o755 });
  const script = `export OWN=$$\nkill() { echo "$*"; }\n${END_PREDECESSOR}end_predecessor grd-one\n`;
  const env = { PATH: `${bin}:${process.env.PATH}` };
  const said = execFileSync(findProgram('sh') ?? '/bin/sh', ['-s'], { env, input: script, encoding: 'utf8' });
  return said.split('\n').filter((line) => line !== '');
}

test.each([false, true])(
  'it ends the earlier watcher with all below it, and nothing else (a small ps: %s)',
  (isSmall) => {
    const [pids = '', ...more] = killed(isSmall);
    expect(more).toEqual([]);
    expect(pids.split(' ').sort()).toEqual(['200', '201', '202']);
  },
);
