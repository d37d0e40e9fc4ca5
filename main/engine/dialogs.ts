import { imageExtensions } from '../lib/pixels/index.ts';
import type { EngineContext, FileFilter } from './context.ts';
import { languageOf } from './language.ts';

/** The words and file kinds of the native dialogs, in the person's language. */
interface Dialogs {
  readonly folders: Readonly<Record<Folder, string>>;
  readonly files: Readonly<
    Record<'images' | 'csv' | 'model' | 'reference' | 'weights', FileDialog & { readonly multiple: boolean }>
  >;
  readonly saves: Readonly<Record<'csv' | 'onnx' | 'report' | 'diagnostics', FileDialog>>;
}
type Folder = 'images' | 'project' | 'newProject' | 'predict' | 'libraries' | 'reference';
interface FileDialog {
  readonly title: string;
  readonly filters: readonly FileFilter[];
}

const words = {
  en: {
    images: 'Choose a folder with images',
    project: 'Open a project',
    newProject: 'Choose where the project is kept',
    predict: 'Choose a folder with images to predict',
    libraries: 'Choose the folder with the computing libraries',
    imageFiles: 'Choose images',
    csvFile: 'Choose a table with labels',
    modelFile: 'Choose a network',
    reference: 'Choose the folder with the images of the reference',
    referenceFile: 'Choose a reference with answers',
    weightsFile: 'Choose the weights of a network',
    saveCsv: 'Save the predictions',
    saveOnnx: 'Save the model',
    saveReport: 'Save the report',
    saveDiagnostics: 'Save the diagnostics',
    kindImages: 'Images',
    kindTable: 'Table (CSV)',
    kindModel: 'Network (ONNX)',
    kindReference: 'Reference (safetensors, NumPy)',
    kindWeights: 'Weights (safetensors)',
    kindReport: 'Report (HTML)',
    kindDiagnostics: 'Diagnostics (JSON)',
  },
  'pt-BR': {
    images: 'Escolha uma pasta com imagens',
    project: 'Abrir um projeto',
    newProject: 'Escolha onde guardar o projeto',
    predict: 'Escolha uma pasta com imagens para prever',
    libraries: 'Escolha a pasta com as bibliotecas de computação',
    imageFiles: 'Escolha imagens',
    csvFile: 'Escolha uma tabela com rótulos',
    modelFile: 'Escolha uma rede',
    reference: 'Escolha a pasta com as imagens da referência',
    referenceFile: 'Escolha uma referência com respostas',
    weightsFile: 'Escolha os pesos de uma rede',
    saveCsv: 'Salvar as previsões',
    saveOnnx: 'Salvar o modelo',
    saveReport: 'Salvar o relatório',
    saveDiagnostics: 'Salvar o diagnóstico',
    kindImages: 'Imagens',
    kindTable: 'Tabela (CSV)',
    kindModel: 'Rede (ONNX)',
    kindReference: 'Referência (safetensors, NumPy)',
    kindWeights: 'Pesos (safetensors)',
    kindReport: 'Relatório (HTML)',
    kindDiagnostics: 'Diagnóstico (JSON)',
  },
} as const;

/** Native dialogs are the system's, not the page's, so their few words live here. */
export function dialogs(engine: Pick<EngineContext, 'settings' | 'systemLanguage'>): Dialogs {
  const say = words[languageOf(engine)];
  const kind = (name: string, ...extensions: readonly string[]): FileFilter[] => [{ name, extensions }];
  return {
    folders: say,
    files: {
      images: {
        title: say.imageFiles,
        filters: kind(say.kindImages, ...[...imageExtensions].map((ending) => ending.slice(1))),
        multiple: true,
      },
      csv: { title: say.csvFile, filters: kind(say.kindTable, 'csv', 'tsv', 'txt'), multiple: false },
      model: { title: say.modelFile, filters: kind(say.kindModel, 'onnx'), multiple: false },
      reference: {
        title: say.referenceFile,
        filters: kind(say.kindReference, 'safetensors', 'npz', 'npy'),
        multiple: false,
      },
      weights: { title: say.weightsFile, filters: kind(say.kindWeights, 'safetensors'), multiple: false },
    },
    saves: {
      csv: { title: say.saveCsv, filters: kind(say.kindTable, 'csv') },
      onnx: { title: say.saveOnnx, filters: kind(say.kindModel, 'onnx') },
      report: { title: say.saveReport, filters: kind(say.kindReport, 'html') },
      diagnostics: { title: say.saveDiagnostics, filters: kind(say.kindDiagnostics, 'json') },
    },
  };
}
