import { registerElementwise } from './elementwise.ts';
import { registerIndexing } from './indexing.ts';
import { registerProducts } from './products.ts';
import { registerShaping } from './shaping.ts';
import { registerWindows } from './windows.ts';

registerElementwise();
registerWindows();
registerProducts();
registerShaping();
registerIndexing();

/** Shape inference with every operator's rule in place. */
export { inferNode, isKnownOperator } from './registry.ts';
