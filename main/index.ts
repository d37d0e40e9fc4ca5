import { app, protocol } from 'electron';
import { schemes } from './shell/protocol.ts';
import {
  avoidMissingGraphics,
  createStudio,
  installMenu,
  isOnlyInstance,
  listen,
  protect,
  quitCleanly,
  serve,
  show,
  startEngine,
} from './shell/studio.ts';

/** Entry of Electron's main process: the order in which the studio is put together. */
async function main(): Promise<void> {
  const studio = createStudio();
  protect(studio);
  avoidMissingGraphics();
  protocol.registerSchemesAsPrivileged(schemes);
  if (!isOnlyInstance(studio)) return app.quit();
  quitCleanly(studio);
  await app.whenReady();
  installMenu(studio);
  serve(studio);
  listen(studio);
  await startEngine(studio);
  await show(studio);
}

main().catch((error: unknown) => {
  process.stderr.write(`Enxerto could not start: ${error instanceof Error ? error.stack : error}\n`);
  app.exit(1);
});
