import type { refusals as source } from '../en/refusals.ts';
import type { Translation } from '../messages.ts';

/** Por que uma rede própria não é aceita, ou não é treinada mais fundo. */
export const refusals: Translation<typeof source> = {
  NOT_ONNX: 'O arquivo não tem uma rede ONNX, ou está danificado. Exporte a rede como .onnx de novo.',
  UNSUPPORTED_OPSET: 'O arquivo é de uma versão de ONNX que não pode ser lida. Exporte com opset 18.',
  UNSUPPORTED_OPERATOR:
    'A rede calcula algo de um modo que não se aceita aqui. Exporte em modo de avaliação, com opset 18.',
  UNSUPPORTED_ATTRIBUTE:
    'Um operador da rede tem um ajuste que não se aceita aqui. Exporte em modo de avaliação, com opset 18.',
  UNSUPPORTED_TYPE:
    'A rede tem números de um tipo que não pode ser usado. Exporte com números de ponto flutuante de 32 bits.',
  NOT_DIFFERENTIABLE:
    'Nada aprende através de um de seus operadores. Só o que vem depois dele pode ser treinado.',
  SHAPE_MISMATCH: 'Tamanhos dentro da rede não combinam. Outro tamanho de imagem pode ajudar.',
  UNKNOWN_SHAPE:
    'Não se sabe o tamanho de um valor antes de a rede rodar. Exporte para um só tamanho de imagem.',
  UNKNOWN_VALUE: 'A rede não tem um valor com um nome que foi pedido. Indique outro, ou nenhum.',
  INVALID_GRAPH:
    'A rede está danificada, ou não pode ser cortada onde seria preciso. Exporte de novo em modo de avaliação.',
  INVALID_CARD: 'A ficha da rede está danificada. Aceite a rede de novo.',
  INVALID_STATE: 'O que está guardado não é desta rede. Aceite a rede de novo.',
  EXECUTION_FAILED: 'A rede não pôde ser calculada. Exporte de novo com opset 18.',
  WEIGHTS_MISMATCH: 'Os pesos não são desta rede. Aceite a rede de novo.',
  opset: 'O arquivo usa o opset {{opset}} de ONNX; lê-se de {{oldest}} a {{newest}}. Exporte com opset 18.',
  foreignOperator: '{{operator}} de “{{domain}}” não é um operador do próprio ONNX. Exporte a rede sem ele.',
  controlFlow: 'A rede se ramifica ou se repete enquanto roda (“{{attribute}}”). Exporte sem isso.',
  elementType:
    '“{{value}}” tem números de um tipo que não pode ser usado (tipo {{type}} de ONNX). Exporte com números de ponto flutuante de 32 bits.',
  separateWeights:
    'Os pesos de “{{value}}” estão em “{{file}}”, que não pode ser lido ao lado da rede. Ponha os dois arquivos na mesma pasta.',
  fileTooLarge:
    'O arquivo passa de 2 GB, o que nenhum arquivo ONNX faz: os pesos ficariam num arquivo ao lado. Exporte a rede como .onnx de novo.',
  fileEmpty: 'O arquivo está vazio. Baixe ou copie de novo.',
  fileArchive:
    'O arquivo é um pacote zip: uma rede salva pelo PyTorch ou pelo Keras, ou compactada. Exporte a rede como .onnx, ou descompacte antes.',
  filePointer:
    'O arquivo é o bilhete que o Git LFS deixa no lugar de um arquivo grande. Traga a rede em si com “git lfs pull”.',
  lostWeightFiles:
    'O tf2onnx pôs os pesos em arquivos ao lado da rede (large_model), e “{{file}}”, com os de “{{value}}”, não pode ser lido. Descompacte todo o arquivo que ele gravou numa só pasta e escolha o .onnx dali, ou exporte de novo sem large_model.',
  lostWeights:
    'O arquivo tem a estrutura da rede sem os pesos (faltam {{count}}, o primeiro é “{{value}}”). Exporte de novo com eles: no PyTorch sem export_params=False, no Keras com model.export("network.onnx", format="onnx"), com o tf2onnx a partir de um SavedModel (--saved-model).',
  missingValue: '“{{value}}” é lido, mas nada o calcula: o arquivo está danificado. Exporte a rede de novo.',
  unknownOperator: 'O operador {{operator}} não é aceito. Exporte a rede sem ele.',
  trainingMode: 'A rede foi exportada em modo de treino. Passe para o modo de avaliação e exporte de novo.',
  olderGroupNormalization:
    'A GroupNormalization do opset 18 tem outro sentido. Exporte com opset 21, ou com opset 17.',
  attentionForm: 'Ela usa atenção de uma forma feita para textos ({{what}}). Use uma rede para imagens.',
  windowTooLarge:
    'Uma janela de {{reach}} pixels cai sobre só {{length}}. Escolha um tamanho de imagem maior.',
  inputCount: 'A rede recebe {{count}} entradas; só uma imagem pode ser dada. Exporte sem as outras.',
  inputForm:
    'Ela não recebe uma imagem de três cores: “{{input}}” é {{form}}. Exporte para float32 [N, 3, altura, largura].',
  featuresShape:
    'Não se sabe quantos números “{{value}}” tem antes de a rede rodar. Exporte para um só tamanho de imagem.',
  noRow:
    'Nenhuma saída dá uma linha de números por imagem ({{outputs}}). Exporte um classificador, ou seus atributos já resumidos.',
  noFeatures: '“{{value}}” não é uma linha de atributos desta rede. Indique outro valor, ou nenhum.',
  noWeights: 'A rede não tem pesos que possam aprender. Exporte com os pesos.',
  onlySize:
    'O arquivo só recebe imagens de {{height}} × {{width}} pixels, não de {{asked}}. Deixe esse campo vazio.',
  oneByOne:
    'Duas imagens juntas dão outros atributos do que cada uma sozinha. Exporte em modo de avaliação, com o lote em aberto (dynamic_shapes).',
  scalingNeeded:
    'Só pelo arquivo não se sabe como os pixels são escalados. Escolha o modo, ou dê uma referência.',
  scalingUnknown: 'Não existe a escala “{{scaling}}”. Escolha uma destas: {{known}}.',
  scalingDiffers:
    'Com “{{wanted}}” as respostas diferem da referência em {{difference}}: não foi assim que ela foi treinada. Confira a escala, a ordem das cores e a referência.',
  scalingNone: 'Com nenhuma das escalas usuais ela responde como a referência diz. Confira a referência.',
  scalingsFit: 'A classe que vem primeiro está certa com várias escalas: {{fits}}. Escolha a do treino dela.',
  scalingNearer:
    'Com “{{wanted}}” as respostas ficam mais longe da referência do que com “{{nearer}}”. Escolha essa, ou confira a referência.',
  topAnswersDiffer:
    'A classe que vem primeiro é a da referência em só {{agreeing}} de {{images}} imagens. Confira a escala, a ordem das cores e a referência.',
  referenceImages:
    'A referência não tem “images” (números inteiros de 0 a 255), e nenhuma pasta de imagens foi escolhida. Escolha uma.',
  referenceColours: 'As imagens da referência não têm três cores. Salve em vermelho, verde e azul.',
  referenceRows:
    'A referência tem {{rows}} linhas de “{{what}}” para {{images}} imagens. Refaça com uma linha por imagem.',
  referenceAnswers:
    'A referência não tem nada que se possa comparar: precisa de “features”, “logits” ou “classes”. Refaça com um deles.',
  referenceLength:
    'A rede dá {{numbers}} números por imagem, a referência tem {{expected}}. Refaça com esta rede.',
  referenceSize:
    'As imagens da referência têm {{ownHeight}} × {{ownWidth}} pixels; a rede recebe {{height}} × {{width}}. Refaça com imagens desse tamanho.',
  referenceNoClassifier:
    'A referência fala de classes, mas a rede termina em seus atributos. Refaça com eles.',
  referenceFolder: 'Não há imagens na pasta da referência. Escolha outra.',
  referenceNames: 'A referência cita “{{file}}”, que não está na pasta. Ponha lá, ou escolha outra pasta.',
  referenceImageSize:
    '“{{file}}” tem {{ownHeight}} × {{ownWidth}} pixels; a rede recebe {{height}} × {{width}}. Comparar só a classe que vem primeiro aceita qualquer tamanho.',
  referenceNumbers:
    'Alguns números da referência são infinitos ou não são números (NaN). Refaça com esta rede em modo de avaliação.',
  referenceProbabilities:
    'Os logits da referência são probabilidades, como saem de um softmax. Salve os atributos, ou o que vem antes do softmax; ou compare só a classe que vem primeiro.',
  referenceFile:
    '“{{file}}” não pode ser lido como referência: deve ser .safetensors, ou números salvos pelo NumPy (.npz, .npy).',
  weightsFile: 'Os pesos “{{file}}” não podem ser lidos. Salve como .safetensors, ou baixe de novo.',
  weightsDiffer:
    'Os pesos não são desta rede. Faltam no arquivo deles: {{missing}}. Estão nele e não na rede: {{left}}. Escolha os pesos desta mesma rede.',
  weightsApart:
    'A rede foi exportada com a normalização por lote já dentro das convoluções; os pesos a têm à parte. Exporte a rede de novo com ela à parte.',
};
