// Owns: the desktop session as the one that starts services, by a file of XDG autostart.
// Leaves: the file's text (desktop-entry.ts), and the daemon in the background, which it starts (../start.ts).
import fs from 'node:fs';
import path from 'node:path';
import { desktopEntry } from './desktop-entry.ts';
import type { ServiceManager } from './manager.ts';
import { plainName } from './service-name.ts';

export interface Place {
  readonly config: string;
  /** Starts a daemon in the background now, as the file does at login. */
  readonly start: () => Promise<void>;
}

export function autostartFor(top: string, { config, start }: Place): ServiceManager {
  const file = path.join(config, 'autostart', `${plainName(top)}.desktop`);
  return {
    title: `XDG autostart file ${path.basename(file)}`,
    file,
    isShared: false,
    text: (mark) => desktopEntry(top, mark),
    look: async () => ({ enabled: fs.existsSync(file), runs: 'unwatched' }),
    begin: start,
    end: async () => undefined,
    isUnused: async () => true,
    forget: async () => undefined,
    remarks: async () => [ONLY_DESKTOP],
    knows: new Set(['SSH_AUTH_SOCK']),
    logCommand: 'git remote-daemon log',
  };
}

const ONLY_DESKTOP =
  'It is started when you log in to a desktop (there is neither systemd nor launchd here), and not again should it end';
