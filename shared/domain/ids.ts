/** Branded identifiers: a number or string that cannot be mixed up with another table's. */
declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Row id of an image within one project; what `media://` urls carry. */
export type ImageId = Brand<number, 'ImageId'>;
/** Immutable id of a class: names, colours and order may change, this never does. */
export type ClassId = Brand<number, 'ClassId'>;
/** Id of a training run; also the name of its folder below `models/`. */
export type RunId = Brand<string, 'RunId'>;
/** Id of a background job (import, training, prediction, export). */
export type JobId = Brand<string, 'JobId'>;
/** Made by the client for each command, so that a call can be repeated without doing it twice. */
export type CommandId = Brand<string, 'CommandId'>;
/** A file or folder that the person chose; stands for a path that the page never sees. */
export type GrantId = Brand<string, 'GrantId'>;
/** Name of a backbone's card, such as `efficientnet_lite0`. */
export type BackboneId = Brand<string, 'BackboneId'>;
