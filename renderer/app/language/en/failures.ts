/** One sentence or two for each failure: what happened, to which file, what is safe, what to do. */
export const failures = {
  title: 'That did not work',
  detail: 'Number in the log: {{causeId}}',
  BAD_REQUEST: 'The engine could not make sense of what it was asked. Nothing was changed. ({{message}})',
  NOT_FOUND: 'This is no longer in the project. Nothing was changed; the list has been updated.',
  NO_PROJECT: 'No project is open. Open one from the start screen.',
  PROJECT_BUSY: 'The project is already open ({{who}}). Close it there first; nothing was changed here.',
  PROJECT_NEWER:
    'The project “{{file}}” was made by a newer Enxerto. It was not touched; update Enxerto to open it.',
  PROJECT_DAMAGED:
    'The database of “{{file}}” is damaged. It was left as it is; restore one of its backups from the start screen.',
  PROJECT_EXISTS: 'Something called “{{file}}” is already there. Choose another name or folder.',
  PROJECT_READ_ONLY:
    'This project is on a disk that cannot be written. Copy it to another disk to change it.',
  NO_PERMISSION:
    'The system does not let Enxerto read or write “{{file}}”. Nothing was changed; check the permissions of the folder.',
  NO_SPACE: 'The disk is full. What was already saved is safe; free some space and try again.',
  FOLDER_EMPTY: 'There are no images in “{{file}}”. Enxerto reads JPEG, PNG, WebP, TIFF, BMP, GIF and AVIF.',
  FOLDER_MISSING: 'The folder “{{file}}” is not there any more. Nothing was changed; choose it again.',
  FILE_MISSING:
    'The file “{{file}}” is not where it was. Its labels are safe; put it back or find its folder.',
  FILE_UNREADABLE: 'The file “{{file}}” could not be read. It was not changed; replace it and check again.',
  IMAGE_TOO_LARGE:
    'The image “{{file}}” has more than 268 megapixels, too many to open safely. Make it smaller.',
  CSV_INVALID:
    'The table “{{file}}” could not be read. Nothing was imported; save it again as CSV (UTF-8) and choose it once more.',
  CLASS_EXISTS: 'There is already a class “{{name}}”. Capital letters make no difference.',
  TOO_FEW_IMAGES: 'There are too few labeled images for this. Label some more and try again.',
  ONE_CLASS: 'All labeled images have the same class. Label images of a second class first.',
  NOTHING_TO_UNDO: 'There is nothing to undo.',
  NOTHING_TO_REDO: 'There is nothing to redo.',
  RUN_ACTIVE: 'A training is running. Wait for it or cancel it first.',
  RUN_NOT_ACTIVE: 'This training is not running any more.',
  RUN_NOT_RESUMABLE: 'This training cannot go on where it stopped. Start it again.',
  BACKBONE_DAMAGED:
    'The pretrained network “{{file}}” is damaged. Install Enxerto again; your project is safe.',
  NETWORK_UNSUPPORTED: 'This network uses something that Enxerto cannot train. ({{message}})',
  PREPROCESSING: 'The way this network’s images are scaled does not fit. ({{message}})',
  OUT_OF_MEMORY:
    'There was not enough memory. The project is safe; close other programs or choose a smaller size.',
  OUT_OF_MEMORY_fewest:
    'The memory did not suffice even for the fewest images at a time that are possible here ({{fewest}}). Nothing that was learned is lost: close other programs and try again, or let the training go on; a new one takes less with a smaller image size or with fewer blocks that learn.',
  OUT_OF_MEMORY_file:
    'There was not enough memory to read “{{file}}”. The file was not changed; close other programs and try again.',
  TRAINER_CRASHED:
    'The training stopped unexpectedly. The project is safe; it can go on from the last checkpoint.',
  TRAINER_CRASHED_memory:
    'The training stopped unexpectedly when hardly any memory was left, which is most likely why. The project is safe: close other programs, or choose fewer images at a time or smaller ones, and go on from the last checkpoint.',
  EXECUTOR_UNAVAILABLE:
    '“{{executor}}” was chosen for computing and cannot be used on this computer. {{reason}} Choose another one in Settings, under Computing; it also says how to get this one going.',
  EXECUTOR_UNAVAILABLE_known:
    'The variable ENXERTO_EXECUTOR says “{{executor}}”, a name that Enxerto does not know. Set it to one of these, or not at all: {{known}}.',
  DEVICE_LOST:
    'The device that was computing ({{executor}}) stopped answering; its own message: “{{reason}}”. Everything up to the last checkpoint is safe; go on from there, on the processor if it happens again.',
  DIVERGED:
    'The training went off course: its error is no longer a number. Nothing of that was kept; start again with a learning rate below {{learningRate}}.',
  PARITY_FAILED: 'The exported model does not answer like the trained one, so it was not kept. ({{message}})',
  NOT_AVAILABLE: 'This is not available here. ({{message}})',
  CANCELLED: 'Cancelled. What was already done is kept.',
  INTERNAL: 'Something unexpected happened in Enxerto. What was saved is safe; try again.',
  fileFallback: 'the file',
  holderFallback: 'in another window',
};
