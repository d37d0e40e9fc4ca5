import type { RefusalReason } from '../../../../shared/domain/refusals.ts';

/** Why a network of one's own is not taken, or is trained no deeper. */
export const refusals = {
  NOT_ONNX: 'The file holds no ONNX network, or it is damaged. Export the network as .onnx again.',
  UNSUPPORTED_OPSET: 'The file is of an ONNX version that cannot be read. Export it with opset 18.',
  UNSUPPORTED_OPERATOR:
    'The network computes something in a way that cannot be taken here. Export it in evaluation mode with opset 18.',
  UNSUPPORTED_ATTRIBUTE:
    'An operator of the network has a setting that cannot be taken here. Export it in evaluation mode with opset 18.',
  UNSUPPORTED_TYPE:
    'The network has numbers of a kind that cannot be used. Export it with 32-bit floating point numbers.',
  NOT_DIFFERENTIABLE:
    'Nothing can learn through one of its operators. Only what comes after it can be trained.',
  SHAPE_MISMATCH: 'Sizes within the network do not fit together. Another image size may help.',
  UNKNOWN_SHAPE: 'The size of a value cannot be told before the network runs. Export it for one image size.',
  UNKNOWN_VALUE: 'The network has no value of a name that is asked for. Name another, or none.',
  INVALID_GRAPH:
    'The network is damaged, or cannot be cut where it would have to be. Export it again in evaluation mode.',
  INVALID_CARD: 'The card beside the network is damaged. Take the network again.',
  INVALID_STATE: 'What is stored does not belong to this network. Take the network again.',
  EXECUTION_FAILED: 'The network could not be computed. Export it again with opset 18.',
  WEIGHTS_MISMATCH: 'The weights are not those of this network. Take the network again.',
  opset: 'The file uses ONNX opset {{opset}}; {{oldest}} to {{newest}} can be read. Export it with opset 18.',
  foreignOperator:
    '{{operator}} of “{{domain}}” is no operator of ONNX itself. Export the network without it.',
  controlFlow: 'The network branches or repeats itself while it runs (“{{attribute}}”). Export it without.',
  elementType:
    '“{{value}}” holds numbers of a kind that cannot be used (ONNX type {{type}}). Export it with 32-bit floating point numbers.',
  separateWeights:
    'The weights of “{{value}}” are in “{{file}}”, which cannot be read beside the network. Put both files into one folder.',
  fileTooLarge:
    'The file is larger than 2 GB, which no ONNX file is: its weights would be in a file beside it. Export the network as .onnx again.',
  fileEmpty: 'The file is empty. Download or copy it again.',
  fileArchive:
    'The file is a zip archive: a network as PyTorch or Keras saves it, or a packed one. Export the network as .onnx, or unpack it first.',
  filePointer:
    'The file is the note that Git LFS leaves in the place of a large file. Fetch the network itself with “git lfs pull”.',
  lostWeightFiles:
    'tf2onnx put the weights into files beside the network (large_model), and “{{file}}” with those of “{{value}}” cannot be read. Unpack all of the archive that it wrote into one folder and take the .onnx file there, or export again without large_model.',
  lostWeights:
    'The file has the network’s structure without its weights ({{count}} are missing, “{{value}}” first). Export it again with them: from PyTorch without export_params=False, from Keras by model.export("network.onnx", format="onnx"), with tf2onnx from a SavedModel (--saved-model).',
  missingValue:
    '“{{value}}” is read, but nothing computes it: the file is damaged. Export the network again.',
  unknownOperator: 'The operator {{operator}} cannot be taken. Export the network without it.',
  trainingMode: 'The network was exported while training. Put it into evaluation mode and export it again.',
  olderGroupNormalization:
    'GroupNormalization of opset 18 means something else. Export with opset 21, or with opset 17.',
  attentionForm: 'It uses attention in a form that is made for texts ({{what}}). Take a network for images.',
  windowTooLarge: 'A window of {{reach}} pixels lies on {{length}} only. Choose a larger image size.',
  inputCount:
    'The network takes {{count}} inputs; only one image can be given. Export it without the others.',
  inputForm:
    'It takes no image of three colours: “{{input}}” is {{form}}. Export it for float32 [N, 3, height, width].',
  featuresShape:
    'How many numbers “{{value}}” has cannot be told before the network runs. Export it for one image size.',
  noRow:
    'None of its outputs is one row of numbers an image ({{outputs}}). Export a classifier, or its pooled features.',
  noFeatures: '“{{value}}” is no row of features of this network. Name another value, or none.',
  noWeights: 'The network has no weights that could learn. Export it with its weights.',
  onlySize:
    'Its file takes images of {{height}} × {{width}} pixels only, not of {{asked}}. Leave that field empty.',
  oneByOne:
    'Two images at once give other features than each alone. Export it in evaluation mode, with the batch left open (dynamic_shapes).',
  scalingNeeded:
    'How pixels are scaled cannot be told from the file alone. Choose the way, or give a reference.',
  scalingUnknown: 'There is no scaling “{{scaling}}”. Choose one of these: {{known}}.',
  scalingDiffers:
    'As “{{wanted}}” its answers differ from the reference by {{difference}}: that is not how it was trained. Check the scaling, the order of colours and the reference.',
  scalingNone: 'With none of the usual scalings does it answer as the reference says. Check the reference.',
  scalingsFit:
    'The class that comes first is right with several scalings: {{fits}}. Choose the one it was trained with.',
  scalingNearer:
    'As “{{wanted}}” its answers are farther from the reference than as “{{nearer}}”. Choose that, or check the reference.',
  topAnswersDiffer:
    'The class that comes first is the reference’s for {{agreeing}} of {{images}} images only. Check the scaling, the order of colours and the reference.',
  referenceImages:
    'The reference has no “images” (whole numbers from 0 to 255), and no folder of images was chosen. Choose one.',
  referenceColours:
    'The images of the reference do not have three colours. Save them as red, green and blue.',
  referenceRows:
    'The reference has {{rows}} rows of “{{what}}” for {{images}} images. Make it again with one row an image.',
  referenceAnswers:
    'The reference has nothing that could be compared: it needs “features”, “logits” or “classes”. Make it again with one of them.',
  referenceLength:
    'The network gives {{numbers}} numbers an image, the reference has {{expected}}. Make it again with this network.',
  referenceSize:
    'The images of the reference have {{ownHeight}} × {{ownWidth}} pixels; the network takes {{height}} × {{width}}. Make it again with images of that size.',
  referenceNoClassifier:
    'The reference speaks of classes, but the network ends in its features. Make it again with those.',
  referenceFolder: 'There are no images in the folder of the reference. Choose another.',
  referenceNames:
    'The reference names “{{file}}”, which is not in its folder. Put it there, or choose another folder.',
  referenceImageSize:
    '“{{file}}” has {{ownHeight}} × {{ownWidth}} pixels; the network takes {{height}} × {{width}}. Comparing only the class that comes first takes any size.',
  referenceNumbers:
    'Some numbers of the reference are infinite or none (NaN). Make it again with this network in evaluation mode.',
  referenceProbabilities:
    'The logits of the reference are probabilities, as they come out of a softmax. Save the features, or what comes before the softmax; or compare only the class that comes first.',
  referenceFile:
    '“{{file}}” cannot be read as a reference: it must be .safetensors, or numbers saved by NumPy (.npz, .npy).',
  weightsFile: 'The weights “{{file}}” cannot be read. Save them as .safetensors, or download them again.',
  weightsDiffer:
    'The weights are not those of this network. Not in their file: {{missing}}. In it and not in the network: {{left}}. Choose the weights of this very network.',
  weightsApart:
    'The network was exported with its batch normalisation folded into the convolutions; the weights have it apart. Export the network again with it kept apart.',
} satisfies Readonly<Record<RefusalReason, string>>;
