import { implement } from '@orpc/server';
import { imagesContract } from '../../../shared/contract/images.ts';
import { acceptChanged, removeImages, setGroups } from '../images/commands.ts';
import { detailOf, idsOf, pageOf } from '../images/gallery.ts';
import { importImages } from '../images/importer.ts';
import { planImport } from '../images/plan.ts';
import { recheckImages } from '../images/recheck-command.ts';
import { relinkImages } from '../images/relink.ts';
import { galleryCounts } from '../stores/gallery.ts';
import type { HandlerContext } from './context.ts';

const os = implement(imagesContract).$context<HandlerContext>();

/** Images: import, gallery, and what became of their files. */
export const imagesHandlers = os.router({
  planImport: os.planImport.handler(({ input, context: { engine }, signal }) =>
    planImport(engine, input, signal),
  ),
  import: os.import.handler(({ input, context: { engine }, signal }) => importImages(engine, input, signal)),
  page: os.page.handler(({ input, context: { engine } }) => pageOf(engine.project().db, input)),
  ids: os.ids.handler(({ input, context: { engine } }) => idsOf(engine.project().db, input)),
  get: os.get.handler(({ input, context: { engine } }) => detailOf(engine.project().db, input.id)),
  counts: os.counts.handler(({ context: { engine } }) => galleryCounts(engine.project().db)),
  remove: os.remove.handler(async ({ input, context: { engine } }) => {
    const outcome = await removeImages(engine.project(), input, engine.clock.now());
    engine.publish('images', 'labels');
    return outcome;
  }),
  recheck: os.recheck.handler(({ context: { engine } }) => recheckImages(engine)),
  acceptChanged: os.acceptChanged.handler(async ({ input, context: { engine } }) => {
    await acceptChanged(engine.project(), input, engine.clock.now());
    engine.publish('images', 'labels');
  }),
  relink: os.relink.handler(({ input, context: { engine } }) => relinkImages(engine, input)),
  setGroups: os.setGroups.handler(async ({ input, context: { engine } }) => {
    const outcome = await setGroups(engine.project(), input, engine.clock.now());
    engine.publish('images');
    return outcome;
  }),
});
