import type { refusals as source } from '../en/refusals.ts';
import type { Translation } from '../messages.ts';

/** Por que uma rede própria não é aceita, ou não é treinada mais fundo. */
export const refusals: Translation<typeof source> = {
  NOT_ONNX: 'O arquivo não tem uma rede ONNX, ou está danificado. Exporte a rede como .onnx de novo.',
  UNSUPPORTED_OPSET: 'O arquivo é de uma versão de ONNX que não pode ser lida. Exporte com opset 18.',
  UNSUPPORTED_OPERATOR: 'A rede calcula algo de um modo que não se aceita aqui.',
  UNSUPPORTED_ATTRIBUTE: 'Um operador da rede tem um ajuste que não se aceita aqui.',
  UNSUPPORTED_TYPE: 'A rede tem números de um tipo que não pode ser usado.',
  NOT_DIFFERENTIABLE:
    'Nada aprende através de um de seus operadores. Só o que vem depois dele pode ser treinado.',
  SHAPE_MISMATCH: 'Tamanhos dentro da rede não combinam. Outro tamanho de imagem pode ajudar.',
  UNKNOWN_SHAPE: 'Não se sabe o tamanho de um valor antes de a rede rodar.',
  UNKNOWN_VALUE: 'A rede não tem um valor com um nome que foi pedido.',
  INVALID_GRAPH: 'A rede está danificada, ou não pode ser cortada onde seria preciso.',
  INVALID_CARD: 'A ficha da rede está danificada. Aceite a rede de novo.',
  INVALID_STATE: 'O que está guardado não é desta rede.',
  EXECUTION_FAILED: 'A rede não pôde ser calculada.',
  WEIGHTS_MISMATCH: 'Os pesos não são desta rede.',
  opset: 'O arquivo usa o opset {{opset}} de ONNX; lê-se de {{oldest}} a {{newest}}. Exporte com opset 18.',
  foreignOperator: '{{operator}} de “{{domain}}” não é um operador do próprio ONNX.',
  controlFlow: 'A rede se ramifica ou se repete enquanto roda (“{{attribute}}”). Exporte sem isso.',
  elementType: '“{{value}}” tem números de um tipo que não pode ser usado (tipo {{type}} de ONNX).',
  separateWeights:
    'Os pesos de “{{value}}” estão em “{{file}}”, que não pode ser lido ao lado da rede. Ponha os dois arquivos na mesma pasta.',
  missingValue: '“{{value}}” é lido, mas nada o calcula: o arquivo está danificado.',
  unknownOperator: 'O operador {{operator}} não é aceito. Exporte a rede sem ele.',
  trainingMode: 'A rede foi exportada em modo de treino. Passe para o modo de avaliação e exporte de novo.',
  olderGroupNormalization:
    'A GroupNormalization do opset 18 tem outro sentido. Exporte com opset 21, ou com opset 17.',
  attentionForm: 'Ela usa atenção de uma forma feita para textos ({{what}}).',
  windowTooLarge:
    'Uma janela de {{reach}} pixels cai sobre só {{length}}. Escolha um tamanho de imagem maior.',
  inputCount: 'A rede recebe {{count}} entradas; só uma imagem pode ser dada. Exporte sem as outras.',
  inputForm: 'Ela não recebe uma imagem de três cores: “{{input}}” é {{form}}.',
  featuresShape: 'Não se sabe quantos números “{{value}}” tem antes de a rede rodar.',
  noRow:
    'Nenhuma saída dá uma linha de números por imagem ({{outputs}}). Exporte um classificador, ou seus atributos já resumidos.',
  noFeatures: '“{{value}}” não é uma linha de atributos desta rede.',
  noWeights: 'A rede não tem pesos que possam aprender.',
  onlySize:
    'O arquivo só recebe imagens de {{height}} × {{width}} pixels, não de {{asked}}. Deixe esse campo vazio.',
  oneByOne:
    'Duas imagens juntas dão outros atributos do que cada uma sozinha. Exporte em modo de avaliação, com o lote em aberto (dynamic_shapes).',
  scalingNeeded: 'Só pelo arquivo não se sabe como os pixels são escalados.',
  scalingUnknown: 'Não existe a escala “{{scaling}}”.',
  scalingDiffers:
    'Com “{{wanted}}” as respostas diferem da referência em {{difference}}: não foi assim que ela foi treinada.',
  scalingNone: 'Com nenhuma das escalas usuais ela responde como a referência diz. Confira a referência.',
  scalingsFit: 'A classe que vem primeiro está certa com várias escalas: {{fits}}. Escolha a do treino dela.',
  scalingNearer: 'Com “{{wanted}}” as respostas ficam mais longe da referência do que com “{{nearer}}”.',
  topAnswersDiffer: 'A classe que vem primeiro é a da referência em só {{agreeing}} de {{images}} imagens.',
  referenceImages:
    'A referência não tem “images” (números inteiros de 0 a 255), e nenhuma pasta de imagens foi escolhida.',
  referenceColours: 'As imagens da referência não têm três cores.',
  referenceRows: 'A referência tem {{rows}} linhas de “{{what}}” para {{images}} imagens.',
  referenceAnswers:
    'A referência não tem nada que se possa comparar: precisa de “features”, “logits” ou “classes”.',
  referenceLength: 'A rede dá {{numbers}} números por imagem, a referência tem {{expected}}.',
  referenceSize:
    'As imagens da referência têm {{ownHeight}} × {{ownWidth}} pixels; a rede recebe {{height}} × {{width}}.',
  referenceNoClassifier: 'A referência fala de classes, mas a rede termina em seus atributos.',
  referenceFolder: 'Não há imagens na pasta da referência.',
  referenceNames: 'A referência cita “{{file}}”, que não está na pasta.',
  referenceImageSize:
    '“{{file}}” tem {{ownHeight}} × {{ownWidth}} pixels; a rede recebe {{height}} × {{width}}. Comparar só a classe que vem primeiro aceita qualquer tamanho.',
  referenceFile:
    '“{{file}}” não pode ser lido como referência: deve ser .safetensors, ou números salvos pelo NumPy (.npz, .npy).',
};
