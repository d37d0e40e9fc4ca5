import { basename } from 'node:path';
import type { CommandId, GrantId } from '../../../shared/domain/ids.ts';
import { createBreath } from '../../lib/breathing.ts';
import { runLongCommand, storedOutcome } from '../annotations/command.ts';
import type { EngineContext, OpenProject } from '../context.ts';
import { clearFileProblem, type ImageFile, imageFilesAfter, setPlace } from '../stores/images.ts';
import { ensureSource } from '../stores/sources.ts';
import { naturalKey, searchKey } from './natural-key.ts';
import { pathFromHome } from './places.ts';
import { contentOf } from './read-file.ts';
import { recheckFiles } from './recheck.ts';
import { type FoundFile, scanFolder } from './scan.ts';
import { imagesOf } from './service.ts';

type Relinked = { relinked: number; stillMissing: number };
type Match = { readonly image: ImageFile; readonly found: FoundFile };

/**
 * Finds missing images in a folder: by relative path, else by content wherever it lies below the folder. In
 * either case only a file with the very content counts, so that labels never land on another image; never by
 * order. Images whose path is there with another content stay missing.
 */
export async function relinkImages(
  context: EngineContext,
  command: { readonly commandId: CommandId; readonly folder: GrantId },
): Promise<Relinked> {
  const project = context.project();
  const spec = { commandId: command.commandId, method: 'images.relink', at: context.clock.now() };
  const stored = storedOutcome<Relinked>(project.db, spec);
  if (stored !== null) return stored.outcome;
  const folder = context.grants.path(command.folder, 'folder');
  const result = await imagesOf(context).turns.add(async () => {
    // What the person sees as missing may not have been looked at since the disk was taken out.
    await recheckFiles(project, { retry: false, signal: project.closing });
    const missing = await missingFiles(project);
    const matches = await matchFiles(missing, (await scanFolder(folder, { signal: project.closing })).files);
    return runLongCommand<Relinked>(project, spec, function* (db) {
      const root = { absolutePath: folder, relativePath: pathFromHome(project.home, folder), at: spec.at };
      const sourceId = ensureSource(db, root);
      let relinked = 0;
      for (const { image, found } of matches) {
        const { relPath } = found;
        const name = basename(found.path).normalize('NFC');
        const keys = { sortKey: naturalKey(relPath), searchKey: searchKey(relPath) };
        if (setPlace(db, image.id, { sourceId, relPath, name, ...keys })) {
          clearFileProblem(db, image.id, found.mtimeMs);
          relinked += 1;
        }
        yield;
      }
      return { relinked, stillMissing: missing.length - relinked };
    });
  });
  context.publish('images');
  imagesOf(context).thumbnails.wake();
  return result;
}

async function missingFiles(project: OpenProject): Promise<ImageFile[]> {
  const missing: ImageFile[] = [];
  const breathe = createBreath();
  for (let after = 0; ; ) {
    const page = imageFilesAfter(project.db, after, 1000);
    missing.push(...page.filter((file) => file.state === 'missing' && !file.isRemoved));
    const last = page.at(-1);
    if (last === undefined) return missing;
    after = last.id;
    await breathe();
  }
}

/** Each file of the disk is given to one image at most. Files are hashed only where their size is a missing one's. */
async function matchFiles(missing: readonly ImageFile[], found: readonly FoundFile[]): Promise<Match[]> {
  const sizes = new Set(missing.map(({ bytes }) => bytes));
  const candidates = found.filter(({ bytes }) => sizes.has(bytes));
  const contents = new Contents();
  const byPath = new Map(candidates.map((file) => [file.relPath.normalize('NFC'), file]));
  const taken = new Set<FoundFile>();
  const matches: Match[] = [];
  const open: ImageFile[] = [];
  for (const image of missing) {
    const same = byPath.get(image.relPath.normalize('NFC'));
    if (same && same.bytes === image.bytes && (await contents.of(same)) === image.sha256) {
      matches.push({ image, found: same });
      taken.add(same);
    } else open.push(image);
  }
  if (open.length === 0) return matches;
  const byContent = new Map<string, FoundFile[]>();
  for (const file of candidates) {
    if (taken.has(file)) continue;
    const content = await contents.of(file);
    if (content === null) continue;
    const same = byContent.get(content);
    if (same) same.push(file);
    else byContent.set(content, [file]);
  }
  for (const image of open) {
    const file = image.sha256 === null ? undefined : byContent.get(image.sha256)?.shift();
    if (file !== undefined) matches.push({ image, found: file });
  }
  return matches;
}

/** Hashes of files, each computed once; `null` for a file that cannot be read. */
class Contents {
  readonly #known = new Map<FoundFile, string | null>();

  async of(file: FoundFile): Promise<string | null> {
    const known = this.#known.get(file);
    if (known !== undefined) return known;
    const content = await contentOf(file.path).catch(() => null);
    this.#known.set(file, content);
    return content;
  }
}
