// Owns: what the pictures in README.md show: what the program prints, in a repository with a few remotes.
// Leaves: drawing it (terminal-picture.ts), and writing the files (make-pictures.ts).
import type { AtEnd } from '../support/at-end.ts';
import { startGitDaemon } from '../support/git-daemon-peer.ts';
import { asInstalled, runScript } from '../support/installed.ts';
import { plainScene, untilRef, untilStatus } from '../support/scene.ts';
import { MOST_COLUMNS } from './terminal-picture.ts';

/** Text with SGR sequences, and what it is to somebody who cannot see it. */
export interface Shown {
  readonly text: string;
  readonly title: string;
}

export interface Pictures {
  readonly status: Shown;
  readonly arriving: Shown;
}

const PROMPT = (who: string): string => `\u001b[1;32m${who}\u001b[0m$ `;

export async function picturesOf(atEnd: AtEnd): Promise<Pictures> {
  const scene = await plainScene(atEnd);
  const { scratch, server, peer, client, clone } = scene;
  const forge = await startGitDaemon(atEnd, scratch);
  // As a person would name his servers.
  client.configure(`Host git.example.org
  HostName ${peer.host}
  Port ${peer.port}
  HostKeyAlias [${peer.host}]:${peer.port}
Host laptop
  HostName ${peer.host}
  Port ${peer.port}
  HostKeyAlias [${peer.host}]:${peer.port}`);
  await clone.git('remote', 'set-url', 'origin', `ssh://git.example.org${server.directory}`);
  await clone.git('remote', 'add', 'forge', forge.url(server.directory));
  // An account that lets nobody in: it is tried again after minutes, and so is seen as it stays.
  await clone.git('remote', 'add', 'laptop', 'ssh://nobody-here@laptop/src/project');
  const env = asInstalled(scratch);
  const inClone = (script: string): Promise<string> => runScript(script, { cwd: clone.directory, env });
  await inClone('git remote-daemon');
  await untilStatus(scene, /origin +connected[\s\S]*forge +connected[\s\S]*laptop +down/);
  await untilRef(clone, 'refs/remotes/forge/main', await server.git('rev-parse', 'main'));

  await server.writer.git('pull', '--quiet', 'origin', 'main');
  const message = 'Parse dates in every time zone';
  await server.writer.git('commit', '--quiet', '--allow-empty', '-m', message);
  const pushing = { cwd: server.writer.directory, env: scratch.env };
  // Without the line that names the scratch directory.
  const pushed = await runScript('git push origin main 2>&1 | grep main', pushing);
  const tip = await server.writer.git('rev-parse', 'HEAD');
  await untilRef(clone, 'refs/remotes/origin/main', tip);
  const log = await inClone('git remote-daemon log --no-pager --lines 1 origin');
  const seen = await inClone('git log --oneline -1 --color=always origin/main');
  // As a terminal has it that is as wide.
  const status = await inClone(
    `COLUMNS=${MOST_COLUMNS} script -qec 'git remote-daemon status' /dev/null </dev/null | tr -d '\\r'`,
  );
  await inClone('git remote-daemon stop');
  return {
    status: {
      title:
        'git remote-daemon status: one line for each remote, with its state, how it is watched, and its last change',
      text: `${PROMPT('~/project')}git remote-daemon status\n${status}`,
    },
    arriving: {
      title: 'A push elsewhere, and its commit here',
      text: [
        `${PROMPT('elsewhere')}git push\n${pushed}`,
        `${PROMPT('~/project')}git remote-daemon log -n 1 origin\n${log}`,
        `${PROMPT('~/project')}git log --oneline -1 origin/main\n${seen}`,
      ].join(''),
    },
  };
}

/** What is the same each time, of what a picture shows: its words without numbers, times and object names. */
export const lastingWords = (words: string): string =>
  words
    .replace(/\b[\da-f]{7,40}\b/g, 'OBJECT')
    .replace(/\b[A-Z][a-z]{2} +\d+ [\d:]+/g, 'TIME')
    .replace(/\bjust now\b|\b\d+ s ago\b/g, 'AGO')
    .replace(/\bnext try (?:now|in \d+ (?:s|min))\b/g, 'next try SOON')
    .replace(/\d+/g, 'N')
    // Where a line that is broken goes on depends on its times.
    .replace(/\n {6}(?=\S)/g, ' ')
    .replace(/ {2,}/g, '  ');
