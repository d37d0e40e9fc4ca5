import { implement } from '@orpc/server';
import { classesContract } from '../../../shared/contract/images.ts';
import { createClass, removeClass, reorderClasses, updateClass } from '../annotations/classes.ts';
import { listClasses } from '../stores/classes.ts';
import type { HandlerContext } from './context.ts';

const os = implement(classesContract).$context<HandlerContext>();

/** The classes of the open project. */
export const classesHandlers = os.router({
  list: os.list.handler(({ context: { engine } }) => listClasses(engine.project().db)),
  create: os.create.handler(async ({ input, context: { engine } }) => {
    const created = await createClass(engine.project(), input, engine.clock.now());
    engine.publish('classes', 'labels');
    return created;
  }),
  update: os.update.handler(async ({ input, context: { engine } }) => {
    const updated = await updateClass(engine.project(), input, engine.clock.now());
    engine.publish('classes', 'labels');
    return updated;
  }),
  remove: os.remove.handler(async ({ input, context: { engine } }) => {
    const removed = await removeClass(engine.project(), input, engine.clock.now());
    engine.publish('classes', 'labels', 'images');
    return removed;
  }),
  reorder: os.reorder.handler(async ({ input, context: { engine } }) => {
    await reorderClasses(engine.project(), input, engine.clock.now());
    engine.publish('classes', 'labels');
  }),
});
