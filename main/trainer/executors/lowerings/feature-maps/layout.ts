import type { LoweringRegistry } from '../batch-major/registry.ts';
import { channelMajorLowerings } from '../channel-major/convolution.ts';
import { positionMajorLowerings } from '../position-major/convolution.ts';

/** An order of a feature map's axes in memory, other than ONNX's [N, C, H, W]. */
export interface MapLayout {
  readonly name: 'channel-major' | 'position-major';
  /** ONNX's axes in the order in which they lie. */
  readonly order: readonly [number, number, number, number];
  /** The forms of convolutions and of their gradients. */
  readonly convolutions: LoweringRegistry;
  /** Whether planes lie in one piece, so that poolings need no other layout. */
  readonly keepsPlanes: boolean;
}

/** [C, N, H, W]: a 1×1 convolution over the whole batch is one product, and planes lie in one piece. */
export const channelMajor: MapLayout = {
  name: 'channel-major',
  order: [1, 0, 2, 3],
  convolutions: channelMajorLowerings,
  keepsPlanes: true,
};

/** [H, W, N, C]: 1×1 convolutions are one product as well, and depthwise ones go over all images and channels at a time. */
export const positionMajor: MapLayout = {
  name: 'position-major',
  order: [2, 3, 0, 1],
  convolutions: positionMajorLowerings,
  keepsPlanes: false,
};
