/** The Use place. */
export const use = {
  empty: {
    title: 'No model to use yet',
    text: 'A trained model can name the images of whole folders and be exported. Train one first.',
    go: 'Go to Train',
  },
  network: 'Network to use',
  predict: {
    title: 'Name the images of a folder',
    text: 'Every image gets its class and how sure the network is. The images are not changed; the answers go into a table.',
    go: 'Choose a folder…',
    running: 'Naming images',
    done_one: '{{count, number}} image named in {{time}}.',
    done_other: '{{count, number}} images named in {{time}}.',
    failed_one: '{{count, number}} file could not be read; it stands in the table with the reason.',
    failed_other: '{{count, number}} files could not be read; they stand in the table with the reason.',
    again: 'Another folder…',
  },
  export: {
    title: 'Take it elsewhere',
    term: 'ONNX',
    termWhy:
      'An open file format that other programs can run. The file contains the preprocessing and the class names.',
    text: 'One file with everything inside, from the pixels to the names of the classes, and proof that it answers like the network here.',
    go: 'Save as ONNX…',
    running: 'Writing and checking',
    certificate: 'Proof',
    passed_one:
      'The saved file answers like the trained network: {{count, number}} image, largest difference {{diff}}, same class in {{agreement}}.',
    passed_other:
      'The saved file answers like the trained network: {{count, number}} images, largest difference {{diff}}, same class in {{agreement}}.',
    size: '{{bytes}} · SHA-256 {{hash}}',
  },
  saved: 'Saved: {{name}}',
  show: 'Show in folder',
  open: 'Open the table',
  csvName: '{{name}} answers.csv',
  stop: 'Cancel',
};
