import { compare } from 'natural-orderby';

/** Folders that are classes: which part of a relative path names the class. */
export type ClassFolders = {
  /** Position of the class among the path's folders, 0 for the first. */
  readonly depth: number;
  /** In natural order, with the number of images below each. */
  readonly folders: readonly { readonly name: string; readonly images: number }[];
};

/** Folders that cut a data set into parts rather than classes. */
const partNames =
  /^(train(ing)?|treino|val(id(ation)?)?|validacao|validação|test(ing|e)?|dev|eval|fold[ _-]?\d+)$/i;
/** Folders that hold the same photos in other forms rather than classes. */
const formNames =
  /^(images?|imagens|imgs?|photos?|fotos|jpegimages|masks?|annotations?|labels?|thumbs|thumbnails)$/i;
const deepest = 8;

/**
 * Recognises class folders (`cat/1.jpg`, also `set/train/cat/1.jpg`): the first level at which nearly all images
 * lie in more than one folder, levels of parts and single wrapping folders passed over. `null` where there is none.
 */
export function findClassFolders(relPaths: readonly string[]): ClassFolders | null {
  for (let depth = 0; depth < deepest; depth++) {
    const counts = new Map<string, number>();
    let inside = 0;
    for (const path of relPaths) {
      const name = folderAt(path, depth);
      if (name === null) continue;
      inside += 1;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    if (inside === 0 || inside < relPaths.length * 0.9) return null;
    const names = [...counts.keys()];
    if (names.length === 1 || names.every((name) => partNames.test(name))) continue;
    if (names.every((name) => formNames.test(name))) return null;
    const byName = compare();
    return {
      depth,
      folders: names.sort(byName).map((name) => ({ name, images: counts.get(name) ?? 0 })),
    };
  }
  return null;
}

/** The folder at that position of a relative path, Unicode NFC; `null` where the path has no folder there. */
export function folderAt(relPath: string, depth: number): string | null {
  let start = 0;
  for (let level = 0; level < depth; level++) {
    const slash = relPath.indexOf('/', start);
    if (slash < 0) return null;
    start = slash + 1;
  }
  const end = relPath.indexOf('/', start);
  return end < 0 ? null : relPath.slice(start, end).trim().normalize('NFC').slice(0, 200) || null;
}
