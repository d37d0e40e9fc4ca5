import { registerActivations } from './activations.ts';
import { registerArithmetic } from './arithmetic.ts';
import { registerNormalization } from './normalization.ts';
import { registerProducts } from './products.ts';
import { registerReductions } from './reductions.ts';
import { registerShaping } from './shaping.ts';
import { registerWindows } from './windows.ts';

registerArithmetic();
registerActivations();
registerReductions();
registerNormalization();
registerProducts();
registerShaping();
registerWindows();
