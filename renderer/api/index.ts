export { type BridgeState, bridge } from './bridge.ts';
export { client, projectGate, studio } from './client.ts';
export { newCommandId } from './command-id.ts';
export { followEvents, invalidate } from './events.ts';
export { asErrorCode, type Failure, failureOf } from './failure.ts';
export { imageUrl, previewUrl, thumbnailUrl } from './media.ts';
export { TopicThrottle } from './topic-throttle.ts';
