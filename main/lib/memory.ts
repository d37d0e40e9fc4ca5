/**
 * Gives back the memory of an array that nobody uses any more, at once. Left to the collector, large arrays in quick
 * succession set it going ten times a second, which takes a tenth of the processor.
 */
export function release({ buffer, byteLength }: Uint8Array): void {
  // Memory that is shared, with other threads or with other arrays, is not ours alone to give back.
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffer.transfer(0);
}
