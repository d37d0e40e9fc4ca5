import { implement } from '@orpc/server';
import { type LabelOutcome, labelsContract } from '../../../shared/contract/images.ts';
import { labelHistory, labelState } from '../annotations/history.ts';
import { applyLabels } from '../annotations/labels.ts';
import { redo, undo } from '../annotations/undo.ts';
import type { EngineContext } from '../context.ts';
import type { HandlerContext } from './context.ts';

const os = implement(labelsContract).$context<HandlerContext>();

/** Steps of the log can be about classes and images too: undoing one may change anything the page shows. */
function published(engine: EngineContext, outcome: LabelOutcome): LabelOutcome {
  engine.publish('labels', 'images', 'classes');
  return outcome;
}

/** Labels of whole images, and the one undo of the project. */
export const labelsHandlers = os.router({
  apply: os.apply.handler(async ({ input, context: { engine } }) => {
    const by = { at: engine.clock.now(), author: engine.settings.get().author };
    const outcome = await applyLabels(engine.project(), input, by);
    engine.publish('labels', 'images');
    return outcome;
  }),
  undo: os.undo.handler(async ({ input, context: { engine } }) =>
    published(engine, await undo(engine.project(), input, engine.clock.now())),
  ),
  redo: os.redo.handler(async ({ input, context: { engine } }) =>
    published(engine, await redo(engine.project(), input, engine.clock.now())),
  ),
  history: os.history.handler(({ input, context: { engine } }) =>
    labelHistory(engine.project().db, input.limit),
  ),
  state: os.state.handler(({ context: { engine } }) => labelState(engine.project().db)),
});
