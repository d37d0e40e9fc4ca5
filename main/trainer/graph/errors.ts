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

/** The one error of the network core: says which operator or value of the network is meant and what to do about it. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly code: NetworkErrorCode;
  readonly operator: string | undefined;
  readonly node: string | undefined;

  constructor(
    code: NetworkErrorCode,
    message: string,
    at?: { readonly operator?: string; readonly node?: string },
  ) {
    super(message);
    this.code = code;
    this.operator = at?.operator;
    this.node = at?.node;
  }
}
