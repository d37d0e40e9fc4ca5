/** The part of `write-file-atomic` that is used here; the package ships no types. */
declare module 'write-file-atomic' {
  function writeFileAtomic(
    path: string,
    data: string | Buffer,
    options?: { readonly fsync?: boolean },
  ): Promise<void>;
  export = writeFileAtomic;
}
