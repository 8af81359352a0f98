// Owns: the ways in which the embedded ssh server can misbehave, for SshPeer.script.
// Leaves: the server (ssh-peer.ts).
import { endChannel } from './server-commands.ts';
import type { Exec } from './ssh-peer.ts';

type Script = (exec: Exec) => void;

const isNotify = ({ command }: Exec): boolean => command.includes('notifychanges');
const isUploadPack = ({ command }: Exec): boolean => command.includes('upload-pack');

/** Does it to notifychanges; every other command runs as it should. */
const toNotify =
  (script: Script): Script =>
  (exec) =>
    isNotify(exec) ? script(exec) : exec.run();

const failing = (status: number, complaint: string): Script =>
  toNotify(({ channel }) => {
    channel.resume();
    channel.stderr.write(`${complaint}\n`);
    endChannel(channel, status);
  });

/** The account has a shell, but nothing of git-annex. */
export const noAnnexShell = failing(127, 'sh: 1: git-annex-shell: not found');

/** A git-annex-shell from before notifychanges hands the word on to git-shell, as the real one does. */
export const oldAnnexShell = failing(
  1,
  "fatal: unrecognized command 'notifychanges '/''\ngit-annex-shell: git-shell failed",
);

/** The repository is git's alone: git-annex was never set up in it. */
export const noAnnexRepository = failing(
  1,
  'git-annex-shell: Not a git-annex or gcrypt repository.\nfatal: Run with no arguments or with -c cmd\ngit-annex-shell: git-shell failed',
);

/** The account has no shell; what else it is asked for is done by another script, or as it should be. */
export const noShell =
  (script: Script = ({ run }) => run()): Script =>
  (exec) =>
    exec.command.startsWith('exec /bin/sh -c ') ? refuse(exec) : script(exec);

/** Says this on stdout before READY, as a talkative login script does, and then behaves. */
export const sayingFirst = (text: string): Script =>
  toNotify((exec) => {
    exec.channel.write(text);
    exec.run();
  });

/** Says exactly this instead, and stays open. */
export const sayingOnly = (text: string): Script =>
  toNotify(({ channel }) => {
    channel.on('end', () => endChannel(channel, 1)).resume();
    if (text !== '') channel.write(text);
  });

/** Takes the command and never says a word. */
export const neverReady = sayingOnly('');

/** Says READY, and cuts the connection at once. */
export const droppingAfterReady = toNotify(({ channel, drop }) => {
  channel.write('READY\n', () => drop());
});

/** Tells this tip again, time and again; of what else moves it says nothing. */
export const toldAgain = (tip: string): Script =>
  toNotify(({ channel }) => {
    channel.write('READY\n');
    const timer = setInterval(() => channel.write(`CHANGED ${tip}\n`), 20);
    channel
      .on('close', () => clearInterval(timer))
      .on('end', () => endChannel(channel, 0))
      .resume();
  });

/** Every fetch hangs: upload-pack is asked for, and nothing ever comes. */
export const hangingUploadPack: Script = (exec) => {
  if (isUploadPack(exec)) exec.channel.on('end', () => endChannel(exec.channel, 1)).resume();
  else exec.run();
};

/** Every fetch fails: upload-pack ends at once, with a complaint. The connection stays. */
export const failingUploadPack: Script = (exec) => {
  if (!isUploadPack(exec)) return exec.run();
  exec.channel.resume();
  exec.channel.stderr.write('fatal: failing on purpose\n');
  endChannel(exec.channel, 1);
};

/**
 * Upload-packs run as they should, so that a clone can catch up, until `begin`; after that the script does them. Those
 * that run by then, waiting for the next fetch, are ended. To be set before the daemon starts.
 */
export function fromLaterOn(script: Script): { readonly script: Script; readonly begin: () => void } {
  let hasBegun = false;
  const running = new Set<Exec['channel']>();
  return {
    script: (exec) => {
      if (hasBegun) return script(exec);
      if (isUploadPack(exec)) {
        running.add(exec.channel);
        exec.channel.on('close', () => running.delete(exec.channel));
      }
      exec.run();
    },
    begin: () => {
      hasBegun = true;
      for (const channel of running) endChannel(channel, 1);
    },
  };
}

/** Only git is served, as on a forge: no shell, no git-annex-shell, no `env` in front. */
export const gitOnly: Script = (exec) => {
  if (/^git-(?:upload|receive)-pack '[^']*'$/.test(exec.command)) return exec.run();
  refuse(exec);
};

/** In git-shell's words. */
function refuse({ channel, command }: Exec): void {
  channel.resume();
  channel.stderr.write(`fatal: unrecognized command '${command}'\n`);
  endChannel(channel, 128);
}
