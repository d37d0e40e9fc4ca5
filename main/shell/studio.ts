import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserWindow } from 'electron';
import {
  app,
  dialog,
  Menu,
  MessageChannelMain,
  nativeTheme,
  protocol,
  session,
  shell,
  utilityProcess,
} from 'electron';
import type { ProcessStart } from '../../shared/contract/host.ts';
import { createLog, type Logger } from '../lib/log.ts';
import { keepPlace, openWindow } from './app-window.ts';
import { hostServices } from './dialogs.ts';
import { type EngineLink, linkEngine } from './engine-link.ts';
import { givePort, listenToPage } from './ipc.ts';
import { menuTemplate } from './menu.ts';
import { type Places, placesOf, projectOf } from './places.ts';
import { appHandler, mediaHandler } from './protocol.ts';
import { install, installOnSession, type Refused, wantsSandbox } from './security.ts';
import { nodeLauncher, utilityLauncher } from './supervisor.ts';
import { type Words, wordsFor } from './words.ts';

/** What the setup steps share; made once, before anything else. */
export interface Studio {
  readonly places: Places;
  readonly userData: string;
  readonly log: Logger;
  readonly refused: Refused;
  readonly devtools: boolean;
  words: Words;
  window: BrowserWindow | null;
  link: EngineLink | null;
  /** Named on the command line or double-clicked before the engine was there. */
  wantedProject: string | null;
}

/** Folders may be chosen on the command line, for a portable setup and for tests. */
function applySwitches(): void {
  for (const [name, path] of [
    ['user-data-dir', 'userData'],
    ['documents-dir', 'documents'],
  ] as const) {
    const chosen = app.commandLine.getSwitchValue(name);
    if (chosen !== '') app.setPath(path, chosen);
  }
}

function systemLanguage(): string {
  const chosen = app.commandLine.getSwitchValue('lang');
  return chosen || app.getPreferredSystemLanguages()[0] || app.getLocale() || 'en';
}

/** Finds out where everything is and whose turn it is; touches nothing yet. */
export function createStudio(): Studio {
  applySwitches();
  const userData = app.getPath('userData');
  const log = createLog({ folder: join(userData, 'logs'), name: 'shell' });
  return {
    places: placesOf({
      isPackaged: app.isPackaged,
      appPath: app.getAppPath(),
      resourcesPath: process.resourcesPath,
      platform: process.platform,
      napi: Number(process.versions.napi),
      trainerInElectron: app.commandLine.hasSwitch('trainer-in-electron'),
    }),
    userData,
    log,
    refused: (what, address) => log.warn({ what, address: address.slice(0, 200) }, 'refused'),
    devtools: !app.isPackaged,
    words: wordsFor(systemLanguage()),
    window: null,
    link: null,
    wantedProject: null,
  };
}

/**
 * Chromium looks for a graphics processor in a process of its own; where there is none, that process fails while
 * the first page loads, and now and then takes the page with it. So it is told beforehand.
 */
export function avoidMissingGraphics(): void {
  if (process.platform !== 'linux') return;
  if (!['/dev/dri', '/dev/dxg', '/dev/nvidia0'].some((device) => existsSync(device)))
    app.disableHardwareAcceleration();
}

/** Everything that Chromium must know before it is ready. */
export function protect(studio: Studio): void {
  const isRoot = process.getuid?.() === 0;
  if (wantsSandbox({ isRoot, isPackaged: app.isPackaged })) app.enableSandbox();
  install(app, { devtools: studio.devtools, refused: studio.refused });
}

async function openProject(studio: Studio, path: string | null): Promise<void> {
  if (path === null) return;
  if (!studio.link) {
    studio.wantedProject = path;
    return;
  }
  try {
    await studio.link.control().openProject({ path });
  } catch (error) {
    studio.log.error({ error: String(error) }, 'a project named from outside could not be opened');
    if (!studio.window) return;
    await dialog.showMessageBox(studio.window, {
      type: 'error',
      message: studio.words.openFailed,
      detail: error instanceof Error ? error.message : String(error),
    });
  }
}

/** One studio a person: a second start shows the first one's window and hands over the project it names. */
export function isOnlyInstance(studio: Studio): boolean {
  if (!app.requestSingleInstanceLock()) return false;
  app.on('second-instance', (_event, words, workingDirectory) => {
    if (studio.window?.isMinimized()) studio.window.restore();
    studio.window?.focus();
    void openProject(studio, projectOf(words.slice(1), workingDirectory));
  });
  app.on('open-file', (event, path) => {
    event.preventDefault();
    void openProject(studio, projectOf([path], '/'));
  });
  studio.wantedProject = projectOf(process.argv.slice(1), process.cwd());
  return true;
}

function connectPage(studio: Studio): void {
  const { link, window } = studio;
  if (!link || !window || window.isDestroyed()) return;
  const { port1, port2 } = new MessageChannelMain();
  link.connect(port1);
  givePort(window.webContents, port2);
}

async function onEngineCrash(studio: Studio, isBack: boolean): Promise<void> {
  studio.log.error({ isBack }, 'the engine has crashed');
  if (isBack) return connectPage(studio);
  if (!studio.window) return app.exit(1);
  const { words } = studio;
  const answer = await dialog.showMessageBox(studio.window, {
    type: 'error',
    message: words.engineTitle,
    detail: words.engineDetail.replace('{folder}', join(studio.userData, 'logs')),
    buttons: [words.restart, words.quit],
  });
  if (answer.response === 0) app.relaunch();
  app.exit(1);
}

/** Starts the engine; it may be asked at once, and answers when it is ready. */
export async function startEngine(studio: Studio): Promise<void> {
  const { places } = studio;
  const utility = utilityLauncher(utilityProcess);
  const start: ProcessStart = {
    version: app.getVersion(),
    userData: studio.userData,
    documents: app.getPath('documents'),
    resources: places.resources,
    systemLanguage: systemLanguage(),
  };
  studio.link = await linkEngine({
    engine: places.node.engine === null ? utility : nodeLauncher(places.node.engine),
    trainer: places.node.trainer === null ? utility : nodeLauncher(places.node.trainer),
    entries: places,
    start,
    canHandPorts: places.node.engine === null,
    host: hostServices({
      dialog,
      shell,
      nativeTheme,
      window: () => studio.window,
      onSettings: ({ language }) => {
        studio.words = wordsFor(language === 'system' ? systemLanguage() : language);
        installMenu(studio);
      },
    }),
    say: (text) => process.stderr.write(text),
    onCrash: (isBack) => void onEngineCrash(studio, isBack),
  });
}

/** `app://studio` and `media://`, and the rules on the session that serves them. */
export function serve(studio: Studio): void {
  installOnSession(session.defaultSession, studio.devtools, studio.refused);
  protocol.handle('app', appHandler(studio.places.page));
  protocol.handle(
    'media',
    mediaHandler(async (kind, id) => {
      try {
        return (await studio.link?.control().resolveMedia({ kind, id })) ?? null;
      } catch (error) {
        if ((error as { code?: unknown }).code === 'NOT_FOUND') return null;
        throw error;
      }
    }, 'app://studio'),
  );
}

/** Waits for the page to ask for its port, and for files dropped on it. */
export function listen(studio: Studio): void {
  listenToPage(
    () => studio.window?.webContents ?? null,
    {
      onPageReady: () => connectPage(studio),
      onDropped: (paths) => {
        studio.link
          ?.control()
          .dropped({ paths: [...paths] })
          .catch((error: unknown) =>
            studio.log.error({ error: String(error) }, 'dropped files were not taken'),
          );
      },
    },
    studio.refused,
  );
}

/** The system menu, in the person's language. */
export function installMenu(studio: Studio): void {
  const template = menuTemplate(studio.words, { platform: process.platform, devtools: studio.devtools });
  Menu.setApplicationMenu(template.length === 0 ? null : Menu.buildFromTemplate(template));
}

/** The window, and the project it was asked to start with. */
export async function show(studio: Studio): Promise<void> {
  const { places, userData, devtools } = studio;
  const window = openWindow(userData, { preload: places.preload, icon: places.icon, devtools });
  studio.window = window;
  // Closing the window is quitting; `quitCleanly` decides, and the window stays until then.
  window.on('close', (event) => {
    event.preventDefault();
    app.quit();
  });
  await openProject(studio, studio.wantedProject);
}

async function mayQuit(studio: Studio): Promise<boolean> {
  if (!studio.link || !studio.window) return true;
  const unknown = { projectOpen: false, runActive: false };
  // An engine that does not answer cannot be asked; it is ended in any case.
  const late = new Promise<typeof unknown>((resolve) => setTimeout(() => resolve(unknown), 1500));
  const status = await Promise.race([
    studio.link
      .control()
      .status()
      .catch(() => unknown),
    late,
  ]);
  if (!status.runActive) return true;
  const { words } = studio;
  const answer = await dialog.showMessageBox(studio.window, {
    type: 'question',
    message: words.quitTitle,
    detail: words.quitDetail,
    buttons: [words.stay, words.quit],
    defaultId: 0,
    cancelId: 0,
  });
  return answer.response === 1;
}

/** Quitting waits for the engine to close the project with its backup; a running training is asked about. */
export function quitCleanly(studio: Studio): void {
  let isQuitting = false;
  app.on('before-quit', (event) => {
    event.preventDefault();
    if (isQuitting) return;
    isQuitting = true;
    const finish = async () => {
      if (!(await mayQuit(studio))) {
        isQuitting = false;
        return;
      }
      if (studio.window) keepPlace(studio.window, studio.userData);
      studio.window?.hide();
      await studio.link?.stop();
      app.exit(0);
    };
    finish().catch((error: unknown) => {
      studio.log.error({ error: String(error) }, 'the end was not clean');
      app.exit(1);
    });
  });
}
