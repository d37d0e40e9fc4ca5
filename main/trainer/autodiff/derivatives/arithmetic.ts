import { int, intAttribute } from '../../graph/attributes.ts';
import { elementTypeOf, onnxTypeNumbers } from '../../graph/onnx-types.ts';
import { type DerivativeContext, registerDerivative } from '../registry.ts';

/** Derivatives of arithmetic on two broadcast operands, and of what passes values through. */
export function registerArithmetic(): void {
  registerDerivative('Add', (at) => [reduced(at, 0, at.dy), reduced(at, 1, at.dy)]);
  registerDerivative('Sub', (at) => [
    reduced(at, 0, at.dy),
    at.needs(1) ? reduced(at, 1, at.emit('Neg', [at.dy])) : undefined,
  ]);
  registerDerivative('Mul', (at) =>
    [0, 1].map((side) =>
      at.needs(side) ? reduced(at, side, at.emit('Mul', [at.dy, at.input(1 - side)])) : undefined,
    ),
  );
  registerDerivative('Div', divide);
  registerDerivative('Pow', power);
  registerDerivative('Sum', (at) => at.node.inputs.map((_, index) => reduced(at, index, at.dy)));
  registerDerivative('Mean', (at) => {
    const share = at.scaled(at.dy, 1 / at.node.inputs.length);
    return at.node.inputs.map((_, index) => reduced(at, index, share));
  });
  registerDerivative('Identity', (at) => [at.dy]);
  registerDerivative('Where', select);
  registerDerivative('Cast', cast);
  registerDerivative('Dropout', (at) => {
    if (at.node.inputs[2])
      throw at.refuse('its training mode draws numbers of its own; dropout masks are inputs here');
    return [at.dy];
  });
}

function reduced(at: DerivativeContext, index: number, gradient: string): string | undefined {
  return at.needs(index) ? at.sumTo(gradient, at.dims(at.input(index))) : undefined;
}

function divide(at: DerivativeContext): readonly (string | undefined)[] {
  const quotient = at.emit('Div', [at.dy, at.input(1)]);
  const second = at.needs(1) ? at.emit('Neg', [at.emit('Mul', [quotient, at.y])]) : undefined;
  return [reduced(at, 0, quotient), second && reduced(at, 1, second)];
}

function power(at: DerivativeContext): readonly (string | undefined)[] {
  const [base, exponent] = [at.input(0), at.input(1)];
  const first = at.needs(0) ? at.emit('Mul', [at.dy, powerSlope(at)]) : undefined;
  // Where the base is 0 the power's slope in its exponent is 0, but its logarithm is not a number.
  const logarithm = () =>
    at.emit('Log', [
      at.emit('Where', [at.emit('Equal', [base, at.builder.scalar(0)]), at.builder.scalar(1), base]),
    ]);
  const second = at.needs(1) ? at.emit('Mul', [at.dy, at.emit('Mul', [at.y, logarithm()])]) : undefined;
  return [first && reduced(at, 0, first), second && at.sumTo(second, at.dims(exponent))];
}

/** e·xᵉ⁻¹; a square, as written-out variances have it, without a general power. */
function powerSlope(at: DerivativeContext): string {
  const [base, exponent] = [at.input(0), at.input(1)];
  const constant = at.builder.initializers.get(exponent);
  if (constant?.data.length === 1 && constant.dtype !== 'float16') {
    const known = Number(constant.data[0]);
    if (known === 2) return at.scaled(base, 2);
    return at.scaled(at.emit('Pow', [base, at.builder.scalar(known - 1)]), known);
  }
  const lowered = at.emit('Sub', [exponent, at.builder.scalar(1)]);
  return at.emit('Mul', [exponent, at.emit('Pow', [base, lowered])]);
}

function select(at: DerivativeContext): readonly (string | undefined)[] {
  const zero = at.builder.scalar(0);
  const chosen = at.needs(1) ? reduced(at, 1, at.emit('Where', [at.input(0), at.dy, zero])) : undefined;
  const other = at.needs(2) ? reduced(at, 2, at.emit('Where', [at.input(0), zero, at.dy])) : undefined;
  return [undefined, chosen, other];
}

/** Between floating types a cast passes the gradient; whole numbers and conditions do not move with what they came from. */
function cast(at: DerivativeContext): readonly (string | undefined)[] {
  const to = elementTypeOf(intAttribute(at.node, 'to', 1));
  const from = at.builder.typeOf(at.input(0)).dtype;
  if (from !== 'float32' && from !== 'float64' && from !== 'float16') return [undefined];
  return [from === to ? at.dy : at.emit('Cast', [at.dy], { to: int(onnxTypeNumbers[from]) })];
}
