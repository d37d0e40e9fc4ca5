import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { StudioError } from '../../../../shared/domain/errors.ts';
import { readSafetensors } from '../../loop/safetensors.ts';
import { type Answers, answersOf, checkRows } from './answers.ts';
import { referenceError } from './errors.ts';
import { type NumpyArray, readNpy } from './npy.ts';
import { readNpz } from './npz.ts';
import { type Photos, photosOfFolder, photosOfTensor } from './photos.ts';

/** Photos with what a network must answer for them. */
export interface Reference {
  readonly photos: Photos;
  readonly answers: Answers;
}

/**
 * Reads a reference: answers in a .safetensors, .npz or .npy file, photos in `folder` or, as "images", in the same file.
 * `fitted`: photos of the folder may be of any size. WEIGHTS_MISMATCH says what is missing or does not fit.
 */
export async function readReference(
  file: string,
  { folder, fitted }: { readonly folder: string | null; readonly fitted: boolean },
): Promise<Reference> {
  const arrays = await readArrays(file);
  const answers = answersOf(arrays);
  const { files } = answers;
  const photos =
    folder === null ? photosOfTensor(imagesOf(arrays)) : await photosOfFolder(folder, { files, fitted });
  checkRows(answers, photos.count);
  return { photos, answers };
}

function imagesOf(arrays: ReadonlyMap<string, NumpyArray>) {
  const images = arrays.get('image_u8') ?? arrays.get('images');
  return images?.kind === 'numbers' ? images.tensor : undefined;
}

/** What is damaged is a reference here, no model of ours. */
function tensorsOf(bytes: Uint8Array, file: string) {
  try {
    return readSafetensors(bytes, file);
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    throw referenceError('referenceFile', `${file} cannot be read: ${error.params.reason ?? 'damaged'}`, {
      file,
    });
  }
}

async function readArrays(file: string): Promise<ReadonlyMap<string, NumpyArray>> {
  const bytes = await readFile(file);
  const name = basename(file);
  switch (extname(file).toLowerCase()) {
    case '.npz':
      return readNpz(bytes, name);
    case '.npy':
      return new Map([['', readNpy(bytes, name)]]);
    case '.safetensors':
      return new Map([...tensorsOf(bytes, name)].map(([key, tensor]) => [key, { kind: 'numbers', tensor }]));
    default:
      throw referenceError('referenceFile', `${name} is neither .safetensors nor .npz nor .npy`, {
        file: name,
      });
  }
}
