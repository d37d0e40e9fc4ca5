/** Every failure that a person can do something about; the page has a sentence in each language for each. */
export const errorCodes = [
  'BAD_REQUEST',
  'NOT_FOUND',
  'NO_PROJECT',
  'PROJECT_BUSY',
  'PROJECT_NEWER',
  'PROJECT_DAMAGED',
  'PROJECT_EXISTS',
  'PROJECT_READ_ONLY',
  'NO_PERMISSION',
  'NO_SPACE',
  'FOLDER_EMPTY',
  'FOLDER_MISSING',
  'FILE_MISSING',
  'FILE_UNREADABLE',
  'IMAGE_TOO_LARGE',
  'CSV_INVALID',
  'CLASS_EXISTS',
  'TOO_FEW_IMAGES',
  'ONE_CLASS',
  'NOTHING_TO_UNDO',
  'NOTHING_TO_REDO',
  'RUN_ACTIVE',
  'RUN_NOT_ACTIVE',
  'RUN_NOT_RESUMABLE',
  'BACKBONE_DAMAGED',
  'NETWORK_UNSUPPORTED',
  'PREPROCESSING',
  'OUT_OF_MEMORY',
  'TRAINER_CRASHED',
  'EXECUTOR_UNAVAILABLE',
  'DEVICE_LOST',
  'DIVERGED',
  'PARITY_FAILED',
  'NOT_AVAILABLE',
  'CANCELLED',
  'INTERNAL',
] as const;
export type ErrorCode = (typeof errorCodes)[number];
export type ErrorParams = Readonly<Record<string, string | number>>;

/**
 * A failure with a code that the interface translates, the values its sentence needs (file, number, name)
 * and an English message for logs and the command line: what happened, to which file, what to do next.
 */
export class StudioError extends Error {
  readonly code: ErrorCode;
  readonly params: ErrorParams;
  constructor(code: ErrorCode, message: string, params: ErrorParams = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StudioError';
    this.code = code;
    this.params = params;
  }
}

/** Makes an impossible branch a compile error, and says why it was thought impossible if it happens. */
export function assertNever(value: never, message: string): never {
  throw new Error(`${message}: ${JSON.stringify(value)}`);
}
