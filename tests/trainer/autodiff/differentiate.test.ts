import { describe, expect, it } from 'vitest';
import { differentiate } from '../../../main/trainer/autodiff/differentiate.ts';
import { attributes, int } from '../../../main/trainer/graph/attributes.ts';
import { GraphBuilder } from '../../../main/trainer/graph/builder.ts';
import { NetworkError } from '../../../main/trainer/graph/errors.ts';
import { floatTensor } from '../../../main/trainer/graph/tensor.ts';

describe('what cannot be differentiated', () => {
  it('names operator and node', () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [2] });
    const floor = builder.op('Floor', ['x'], { name: '/block/Floor' });
    const loss = builder.op('ReduceSum', [floor], { attributes: attributes({ keepdims: int(0) }) });
    const attempt = () => differentiate(builder.finish('g', []), { loss, wrt: ['x'] });
    expect(attempt).toThrow(NetworkError);
    expect(attempt).toThrow(/Floor \("\/block\/Floor"\)/);
  });

  it('refuses a weight the loss does not depend on', () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [2] });
    builder.input('unused', { dtype: 'float32', dims: [2] });
    const loss = builder.op('ReduceSum', ['x'], { attributes: attributes({ keepdims: int(0) }) });
    expect(() => differentiate(builder.finish('g', []), { loss, wrt: ['unused'] })).toThrow(
      /"unused" does not influence the loss/,
    );
  });

  it('leaves what lies below the lowest trained value alone', () => {
    const builder = new GraphBuilder();
    builder.input('x', { dtype: 'float32', dims: [2, 3] });
    const frozen = builder.op('Floor', ['x'], { name: 'frozen' });
    builder.initializer('w', floatTensor([3, 2], [1, 2, 3, 4, 5, 6]));
    const loss = builder.op('ReduceSum', [builder.op('MatMul', [frozen, 'w'])], {
      attributes: attributes({ keepdims: int(0) }),
    });
    const { graph } = differentiate(builder.finish('g', []), { loss, wrt: ['w'] });
    expect(graph.nodes.some((node) => node.name.startsWith('frozen/gradient'))).toBe(false);
  });
});
