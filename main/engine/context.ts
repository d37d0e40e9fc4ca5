import type { ChangeTopic, ProjectInfo, Settings, StudioEvent, Task } from '../../shared/contract/project.ts';
import type { Clock, Ids } from '../lib/clock.ts';
import type { Launcher } from '../lib/launcher.ts';
import type { Logger } from '../lib/log.ts';
import type { ReadableDb, WritableDb } from './db/types.ts';
import type { GrantStore } from './grants.ts';

/** The project that is open, and the only way to its database. */
export interface OpenProject {
  /** Changes with every opening, so that a job can tell whether its project is still the open one. */
  readonly key: string;
  readonly task: Task;
  /** The project's own folder, `NAME.enxerto`; of a project on a read-only disk: that of its copy. */
  readonly folder: string;
  /** Where the person keeps it; differs from `folder` for a copy. Relative image paths start here. */
  readonly home: string;
  /** Everything below may be deleted at any time: make what you need, expect nothing. */
  readonly cacheFolder: string;
  readonly modelsFolder: string;
  readonly isReadOnlyCopy: boolean;
  /** The last committed state. */
  readonly db: ReadableDb;
  /** One transaction; writers take turns. `work` must not await: throw to roll back. */
  readonly write: <T>(work: (db: WritableDb) => T) => Promise<T>;
  /** One transaction in which `work` yields often; the event loop breathes in between, readers see the old state. */
  readonly writeInSteps: <T>(work: (db: WritableDb) => Generator<void, T, void>) => Promise<T>;
  /** Aborted when the project closes: jobs end then. */
  readonly closing: AbortSignal;
  /** Work to finish before the database is closed (after `closing` was aborted). */
  readonly onClose: (work: () => Promise<void> | void) => void;
  readonly info: () => ProjectInfo;
}

/** The shell's part: dialogs and the system's programs. Absent without a window. */
export interface Host {
  readonly pickFolder: (options: {
    readonly title: string;
    readonly createButton: boolean;
  }) => Promise<string | null>;
  readonly pickFiles: (options: {
    readonly title: string;
    readonly filters: readonly FileFilter[];
    readonly multiple: boolean;
  }) => Promise<string[]>;
  readonly pickSave: (options: {
    readonly title: string;
    readonly suggestedName: string;
    readonly filters: readonly FileFilter[];
  }) => Promise<string | null>;
  readonly reveal: (path: string) => Promise<void>;
  readonly open: (path: string) => Promise<void>;
  readonly applySettings: (settings: Settings) => Promise<void>;
}
/** Kinds of files that a dialog offers. */
export interface FileFilter {
  readonly name: string;
  readonly extensions: readonly string[];
}

/** The person's choices, kept across projects. */
export interface SettingsStore {
  readonly get: () => PersonSettings;
  readonly update: (
    change: { readonly [Key in keyof PersonSettings]?: PersonSettings[Key] | undefined },
  ) => Promise<PersonSettings>;
}
/** What is kept for a person: what the page knows, and a path, which the page never does. */
export interface PersonSettings extends Settings {
  /** Folder with libraries of executors that do not come with the program. */
  readonly libraries: string | null;
}

/** Projects that were opened before, newest first. */
export interface RecentStore {
  readonly list: () => readonly RecentEntry[];
  readonly add: (entry: RecentEntry) => Promise<void>;
  readonly forget: (folder: string) => Promise<void>;
}
/** One project of the recent list as it is stored. */
export interface RecentEntry {
  readonly folder: string;
  readonly name: string;
  readonly openedAt: number;
  readonly images: number;
}

/** Opens and closes projects; the handlers' only way to change which one is open. */
export interface ProjectKeeper {
  readonly create: (options: {
    readonly name: string;
    readonly task: Task;
    /** Parent folder; the person's documents when `null`. */
    readonly parent: string | null;
  }) => Promise<OpenProject>;
  readonly open: (path: string) => Promise<OpenProject>;
  readonly close: () => Promise<void>;
  /** Puts a backup in the place of the database of the project at `path`, and opens it. */
  readonly restore: (path: string, backup: string) => Promise<OpenProject>;
}

/** All that a handler may need; passed as an argument, never global. */
export interface EngineContext {
  readonly version: string;
  /** The person's folder for settings, recent projects, the program's caches and the log. */
  readonly userData: string;
  readonly documents: string;
  readonly resources: string;
  readonly systemLanguage: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
  readonly host: Host | null;
  readonly launcher: Launcher;
  readonly grants: GrantStore;
  readonly settings: SettingsStore;
  readonly recent: RecentStore;
  readonly projects: ProjectKeeper;
  /** The open project; StudioError NO_PROJECT where there is none. */
  readonly project: () => OpenProject;
  /** The open project or `null`. */
  readonly current: () => OpenProject | null;
  /** Says that something changed; gathered and sent to the page at most ten times a second. */
  readonly publish: (...topics: readonly ChangeTopic[]) => void;
  /** What happens, for one page: first what is open now. Ends when `signal` is aborted. */
  readonly events: (signal: AbortSignal | undefined) => AsyncGenerator<StudioEvent, void, void>;
  /** Sends an event of its own at once (dropped files, notices). */
  readonly emit: (event: Exclude<StudioEvent, { readonly type: 'changed' }>) => void;
}
