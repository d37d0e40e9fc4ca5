import type { ErrorParams } from '../../../shared/domain/errors.ts';
import type { RefusalReason } from '../../../shared/domain/refusals.ts';

/** Why a network was refused; callers branch on the code and show the message. */
export type NetworkErrorCode =
  | 'NOT_ONNX'
  | 'UNSUPPORTED_OPSET'
  | 'UNSUPPORTED_OPERATOR'
  | 'UNSUPPORTED_ATTRIBUTE'
  | 'UNSUPPORTED_TYPE'
  | 'NOT_DIFFERENTIABLE'
  | 'SHAPE_MISMATCH'
  | 'UNKNOWN_SHAPE'
  | 'UNKNOWN_VALUE'
  | 'INVALID_GRAPH'
  | 'INVALID_CARD'
  | 'INVALID_STATE'
  | 'EXECUTION_FAILED'
  | 'WEIGHTS_MISMATCH';

/** Where an error lies, and what of it a page can say in its own words; `reason` is the code itself where none fits better. */
export interface NetworkErrorDetail {
  readonly operator?: string;
  readonly node?: string;
  readonly reason?: RefusalReason;
  readonly params?: ErrorParams;
}

/** The one error of the network core: says which operator or value of the network is meant and what to do about it. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code: NetworkErrorCode;
  readonly operator: string | undefined;
  readonly node: string | undefined;
  readonly reason: RefusalReason;
  readonly params: ErrorParams;

  constructor(code: NetworkErrorCode, message: string, detail: NetworkErrorDetail = {}) {
    super(message);
    this.code = code;
    this.operator = detail.operator;
    this.node = detail.node;
    this.reason = detail.reason ?? code;
    this.params = detail.params ?? {};
  }
}
