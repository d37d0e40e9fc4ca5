import { EventEmitter } from 'node:events';

/** Electron's parts as far as the rules hang on them; records what was hung where. */
export class FakeContents extends EventEmitter {
  windowOpen: ((details: { url: string }) => { action: string }) | null = null;
  destroyed = false;
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.windowOpen = handler;
  }
  isDestroyed(): boolean {
    return this.destroyed;
  }
}

/** An event that can be prevented, with the fields of Electron's. */
export class FakeEvent {
  defaultPrevented = false;
  readonly url: string;
  constructor(url: string) {
    this.url = url;
  }
  preventDefault(): void {
    this.defaultPrevented = true;
  }
}

type Answer<T> = (value: T) => void;

/** Keeps the handlers that a session is given. */
export class FakeSession extends EventEmitter {
  permissionRequest: ((contents: unknown, name: string, answer: Answer<boolean>) => void) | null = null;
  permissionCheck: ((contents: unknown, name: string) => boolean) | null = null;
  device: (() => boolean) | null = null;
  displayMedia: unknown = 'not set';
  beforeRequest: ((details: { url: string }, answer: Answer<{ cancel: boolean }>) => void) | null = null;
  readonly webRequest = {
    onBeforeRequest: (handler: NonNullable<FakeSession['beforeRequest']>) => {
      this.beforeRequest = handler;
    },
  };
  setPermissionRequestHandler(handler: NonNullable<FakeSession['permissionRequest']>): void {
    this.permissionRequest = handler;
  }
  setPermissionCheckHandler(handler: NonNullable<FakeSession['permissionCheck']>): void {
    this.permissionCheck = handler;
  }
  setDevicePermissionHandler(handler: () => boolean): void {
    this.device = handler;
  }
  setDisplayMediaRequestHandler(handler: unknown): void {
    this.displayMedia = handler;
  }
}
