/** This process's environment for the children of the scripts, without a warning that is known: Node 20 is meant. */
export function childEnvironment() {
  return { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
}
