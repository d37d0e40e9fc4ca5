import type { Device } from '../../../main/trainer/executors/tfjs/device.ts';

/** So many pieces of the wanted size are there to be given back. */
const PIECES = 256;

/** The memory of WebAssembly once all of it is taken. */
export interface Filled {
  /** Gives so many bytes back. */
  readonly leave: (bytes: number) => void;
  /** Gives all of it back. */
  readonly clear: () => void;
}

/** Takes all memory that WebAssembly can have, without touching it; first of all pieces that `leave` gives back. */
export function fill({ tf }: Device, piece: number): Filled {
  const backend = tf.backend();
  const take = (bytes: number) => backend.write(null as never, [bytes], 'bool');
  const pieces = Array.from({ length: PIECES }, () => take(piece));
  const rest: object[] = [];
  for (let bytes = 2 ** 28; bytes >= 512; ) {
    try {
      rest.push(take(bytes));
    } catch {
      bytes /= 2;
    }
  }
  const leave = (bytes: number) => {
    for (const given of pieces.splice(0, bytes / piece)) backend.disposeData(given);
  };
  const clear = () => {
    for (const given of [...pieces.splice(0), ...rest.splice(0)]) backend.disposeData(given);
  };
  return { leave, clear };
}
