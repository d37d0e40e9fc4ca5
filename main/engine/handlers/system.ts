import { availableParallelism, platform, totalmem } from 'node:os';
import { implement } from '@orpc/server';
import { systemContract } from '../../../shared/contract/project.ts';
import { StudioError } from '../../../shared/domain/errors.ts';
import type { EngineContext, Host } from '../context.ts';
import { writeDiagnostics } from '../diagnostics.ts';
import { dialogs } from '../dialogs.ts';
import type { HandlerContext } from './context.ts';

const os = implement(systemContract).$context<HandlerContext>();

function hostOf(engine: EngineContext): Host {
  if (engine.host !== null) return engine.host;
  const message = 'There is no window to ask in. Give the path as an argument instead.';
  throw new StudioError('NOT_AVAILABLE', message);
}

/** The studio itself: settings, events, dialogs, diagnostics. */
export const systemHandlers = os.router({
  info: os.info.handler(({ context: { engine } }) => ({
    version: engine.version,
    platform: platform(),
    threads: availableParallelism(),
    memoryBytes: totalmem(),
    offline: true as const,
  })),
  settings: os.settings.handler(({ context: { engine } }) => engine.settings.get()),
  updateSettings: os.updateSettings.handler(async ({ input, context: { engine } }) => {
    const settings = await engine.settings.update(input);
    await engine.host?.applySettings(settings);
    engine.publish('settings');
    return settings;
  }),
  events: os.events.handler(({ context: { engine }, signal }) => engine.events(signal)),
  pickFolder: os.pickFolder.handler(async ({ input, context: { engine } }) => {
    const words = dialogs(engine).folders[input.purpose];
    const createButton = input.purpose === 'newProject';
    const path = await hostOf(engine).pickFolder({ title: words, createButton });
    return path === null ? null : engine.grants.give('folder', path);
  }),
  pickFiles: os.pickFiles.handler(async ({ input, context: { engine } }) => {
    const { title, filters, multiple } = dialogs(engine).files[input.purpose];
    const paths = await hostOf(engine).pickFiles({ title, filters, multiple });
    if (paths.length === 0) return null;
    return engine.grants.give(multiple ? 'files' : 'file', paths);
  }),
  pickSave: os.pickSave.handler(async ({ input, context: { engine } }) => {
    const { title, filters } = dialogs(engine).saves[input.purpose];
    const path = await hostOf(engine).pickSave({ title, suggestedName: input.suggestedName, filters });
    return path === null ? null : engine.grants.give('save', path);
  }),
  reveal: os.reveal.handler(({ input, context: { engine } }) =>
    hostOf(engine).reveal(engine.grants.writtenPath(input.grant)),
  ),
  open: os.open.handler(({ input, context: { engine } }) =>
    hostOf(engine).open(engine.grants.writtenPath(input.grant)),
  ),
  diagnostics: os.diagnostics.handler(({ input, context: { engine } }) =>
    writeDiagnostics(engine, engine.grants.path(input.target, 'save')),
  ),
});
