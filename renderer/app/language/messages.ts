/** The same keys with any texts: what a translation must offer, checked by the compiler. */
export type Translation<T> = {
  readonly [Key in keyof T]: T[Key] extends string ? string : Translation<T[Key]>;
};
