import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, errors, type Page } from 'playwright';
import type { TestContext } from 'vitest';
import { electronAtHand } from '../../main/shell/setup/electron.ts';
import { root } from '../../main/shell/setup/paths.ts';
import { launchEnvironment, launchSwitches } from '../../main/shell/setup/start.ts';

/** How a studio is started for a test. Everything is optional: without any choice it is a fresh person's. */
export interface StudioOptions {
  /** Folder of settings, recent projects and logs; give the same one again to test a restart. */
  readonly userData?: string;
  /** Where the program puts projects of its own accord (the sample's). */
  readonly documents?: string;
  /** More words for the command line, such as the path of a project. */
  readonly args?: readonly string[];
  /** The system's language, such as `pt-BR`. */
  readonly locale?: string;
  /** Size of the window's content in pixels. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Folder with `package.json` and `.build`; the checkout's own when not given. */
  readonly app?: string;
  /** A packaged program to start instead. */
  readonly executable?: string;
}

/** A running studio. */
export interface Studio {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly userData: string;
  readonly documents: string;
  /** What the page, the shell and its children said; look here when a test fails. */
  readonly output: readonly string[];
  /** The next native dialog of this kind is answered with these paths; none: it is cancelled. */
  readonly answerDialog: (kind: 'open' | 'save', paths: readonly string[]) => Promise<void>;
  /** Quits as a person would; folders that were made for this start are removed. */
  readonly close: () => Promise<void>;
}

/** Ends the test as skipped, saying why, where no window can be opened. */
export function needWindow(context: Pick<TestContext, 'skip'>): void {
  if (electronAtHand() === null) context.skip('skipped: no Electron binary');
  if (process.platform === 'linux' && !process.env.DISPLAY) context.skip('skipped: no display');
}

async function answerDialog(
  app: ElectronApplication,
  kind: 'open' | 'save',
  paths: readonly string[],
): Promise<void> {
  await app.evaluate(
    ({ dialog }, answer) => {
      const canceled = answer.paths.length === 0;
      if (answer.kind === 'open')
        dialog.showOpenDialog = async () => ({ canceled, filePaths: [...answer.paths] });
      else dialog.showSaveDialog = async () => ({ canceled, filePath: answer.paths[0] ?? '' });
    },
    { kind, paths: [...paths] },
  );
}

/**
 * Playwright connects while the program is already starting; when its connection falls into the very moment in
 * which the window is made, both wait for each other for ever. The program alone starts every time, so a
 * connection that does not come about is tried again.
 */
async function launchApp(options: Parameters<typeof _electron.launch>[0]): Promise<ElectronApplication> {
  const attempts = 3;
  for (let attempt = 1; ; attempt++) {
    try {
      return await _electron.launch({ ...options, timeout: 25_000 });
    } catch (error) {
      if (attempt === attempts || !(error instanceof errors.TimeoutError)) throw error;
    }
  }
}

/** Starts the real program in its real window. */
export async function launchStudio(options: StudioOptions = {}): Promise<Studio> {
  const electron = electronAtHand();
  if (electron === null && options.executable === undefined)
    throw new Error('There is no Electron here: call `needWindow(context)` at the start of the test.');
  const own = await mkdtemp(join(tmpdir(), 'enxerto-e2e-'));
  const userData = options.userData ?? join(own, 'user');
  const documents = options.documents ?? join(own, 'documents');
  const { locale = 'en-US', size = { width: 1280, height: 800 } } = options;
  const output: string[] = [];
  const app = await launchApp({
    executablePath: options.executable ?? electron?.executable ?? '',
    args: [
      // A package is started as its user would, with the sandbox on.
      ...(options.executable === undefined ? launchSwitches({ isRoot: process.getuid?.() === 0 }) : []),
      `--user-data-dir=${userData}`,
      `--documents-dir=${documents}`,
      `--lang=${locale}`,
      '--force-device-scale-factor=1',
      ...(options.executable === undefined ? [options.app ?? root] : []),
      ...(options.args ?? []),
    ],
    chromiumSandbox: options.executable !== undefined,
    cwd: own,
    env: launchEnvironment(process.env) as Record<string, string>,
  });
  const child = app.process();
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => output.push(bytes.toString('utf8')));
  try {
    const page = await app.firstWindow();
    page.on('console', (message) => output.push(`page ${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => output.push(`page error: ${error.stack ?? error.message}`));
    await app.evaluate(({ BrowserWindow }, wanted) => {
      BrowserWindow.getAllWindows()[0]?.setContentSize(wanted.width, wanted.height);
    }, size);
    return {
      app,
      page,
      userData,
      documents,
      output,
      answerDialog: (kind, paths) => answerDialog(app, kind, paths),
      close: async () => {
        await app.close();
        await rm(own, { recursive: true, force: true });
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`The studio did not show its window. It said:\n${output.join('')}`, { cause: error });
  }
}
