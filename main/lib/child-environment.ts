/** Variables that would change what a child runs, or open it to a debugger. */
const unwanted =
  /^(NODE_OPTIONS|NODE_PATH|NODE_INSPECT_RESUME_ON_START|NODE_REPL_EXTERNAL_MODULE|NODE_EXTRA_CA_CERTS|NODE_CHANNEL_.*|NODE_UNIQUE_ID|ELECTRON_.*|VSCODE_.*)$/i;

/** A copy of the environment without what must not reach a child. */
export function childEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment))
    if (value !== undefined && !unwanted.test(name)) kept[name] = value;
  return kept;
}
