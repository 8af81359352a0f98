// Owns: what whoever starts a service at login is to us: one of three, each told the same few things.
// Leaves: the three (systemd.ts, launchd.ts, autostart.ts), and what is done with them (install.ts, remove.ts, show-service.ts).
import type { Mark } from './facts.ts';

/** How the service of one repository is doing, as its manager tells. */
export interface Seen {
  /** It is started at login. */
  readonly enabled: boolean;
  /** `unwatched`: the manager starts it and looks no further. */
  readonly runs: 'running' | 'waiting' | 'failed' | 'stopped' | 'unwatched';
  readonly pid?: number;
  /** Why it does not run, in a few words. */
  readonly why?: string;
}

export interface ServiceManager {
  /** `systemd user unit NAME`: the service, for a person. */
  readonly title: string;
  readonly file: string;
  /** Other repositories' services are made of this file, too. */
  readonly isShared: boolean;
  readonly text: (mark: Mark) => string;
  readonly look: () => Promise<Seen>;
  /** The file is there, and maybe new: starts it, or starts it again, and at each login from now on. Throws a UserError. */
  readonly begin: () => Promise<void>;
  /** Stops it, for good. Throws a UserError. */
  readonly end: () => Promise<void>;
  /** Whether no other repository needs the file. Asked behind `end`. */
  readonly isUnused: () => Promise<boolean>;
  /** The file was removed. */
  readonly forget: () => Promise<void>;
  /** Sentences about what the user should know, such as that it ends when he logs out. */
  readonly remarks: () => Promise<readonly string[]>;
  /** Variables that whatever it starts has, beside those of the file. */
  readonly knows: ReadonlySet<string>;
  /** What to do with variables that it does not have; absent: it has those of the session. */
  readonly variablesGo?: string;
  /** Prints what the daemon logs. */
  readonly logCommand: string;
}
