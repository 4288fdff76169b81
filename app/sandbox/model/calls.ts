/** A script's steps as calls of the tools that this client offers in this request. */
import type { Asked, OfferedTool } from './asked.ts'
import type { CallStep } from './script.ts'

/** `json` is the input of a tool that takes JSON, `text` that of one that takes free text. */
export interface ToolCall {
  readonly name: string
  readonly namespace: string | null
  readonly input: { readonly json: Readonly<Record<string, unknown>> } | { readonly text: string }
}

/** A step asks for something that the client has no tool for. */
export class NotOffered extends Error {
  constructor(what: string, asked: Asked) {
    const names = asked.tools.map(fullName).join(', ')
    super(`there is no tool to ${what}; the client offers ${names === '' ? 'none' : names}`)
    this.name = 'NotOffered'
  }
}

/**
 * The calls of one answer. Codex in its code mode offers one tool that takes a program, and its
 * tools are functions in there: several calls then are one program. Throws NotOffered.
 */
export function callsOf(steps: readonly CallStep[], asked: Asked): readonly ToolCall[] {
  const program = asked.tools.find(isProgramTool)
  if (program === undefined) return steps.map(step => callOf(step, asked))
  const direct = steps.filter(step => 'call' in step && !isMcp(step.call.tool))
  const nested = steps.filter(step => !direct.includes(step))
  const calls = direct.map(step => callOf(step, asked))
  if (nested.length === 0) return calls
  const text = programOf(nested, program, asked)
  return [{ name: program.name, namespace: program.namespace, input: { text } }, ...calls]
}

/** "Run JavaScript code to orchestrate/compose tool calls": Codex' `exec`. */
function isProgramTool(tool: OfferedTool): boolean {
  return tool.name === 'exec' && tool.takes === 'text'
}

function programOf(steps: readonly CallStep[], program: OfferedTool, asked: Asked): string {
  const parts = steps.map(step => expressionOf(step, program, asked))
  return `const results = await Promise.all([\n${parts.map(part => `  ${part}`).join(',\n')}\n])
for (const result of results) text(result?.output ?? result)`
}

/** The functions of the program stand in the tool's description, as declarations. */
function expressionOf(step: CallStep, program: OfferedTool, asked: Asked): string {
  const call = (name: string, input: unknown, what: string): string => {
    if (!new RegExp(`\\b${name}\\(`).test(program.description)) throw new NotOffered(what, asked)
    return `tools.${name}(${JSON.stringify(input)})`
  }
  if ('run' in step) return call('exec_command', command(step.run), 'run a command')
  if ('read' in step)
    return call('exec_command', command(`cat ${quoted(step.read)}`), 'read a file')
  if ('write' in step) return call('apply_patch', addPatch(step.write), 'write a file')
  if ('edit' in step) return call('apply_patch', editPatch(step.edit), 'edit a file')
  return call(step.call.tool, step.call.input, `do ${step.call.tool}`)
}

function callOf(step: CallStep, asked: Asked): ToolCall {
  if ('run' in step) return runCall(step.run, 'run a command', asked)
  if ('read' in step) return readCall(step.read, asked)
  if ('write' in step) return writeCall(step.write, asked)
  if ('edit' in step) return editCall(step.edit, asked)
  const { tool: name, input } = step.call
  const tool = asked.tools.find(one => fullName(one) === name || one.name === name)
  if (tool === undefined) throw new NotOffered(`do ${name}`, asked)
  return json(tool, input)
}

function runCall(words: string, what: string, asked: Asked): ToolCall {
  const codex = offered(asked, 'exec_command')
  if (codex !== null) return json(codex, command(words))
  const claude = offered(asked, 'Bash')
  if (claude !== null) return json(claude, { command: words, description: 'Run a command' })
  throw new NotOffered(what, asked)
}

/** Codex takes a login shell by itself, and a machine's profile may put its own PATH over ours. */
function command(cmd: string): Readonly<Record<string, unknown>> {
  return { cmd, login: false }
}

function readCall(path: string, asked: Asked): ToolCall {
  const claude = offered(asked, 'Read')
  if (claude !== null) return json(claude, { file_path: absolute(path, asked) })
  return runCall(`cat ${quoted(path)}`, 'read a file', asked)
}

function writeCall(file: { readonly path: string; readonly text: string }, asked: Asked): ToolCall {
  const claude = offered(asked, 'Write')
  if (claude !== null)
    return json(claude, { file_path: absolute(file.path, asked), content: file.text })
  return patchCall(addPatch(file), 'write a file', asked)
}

function editCall(edit: EditOf, asked: Asked): ToolCall {
  const claude = offered(asked, 'Edit')
  if (claude === null) return patchCall(editPatch(edit), 'edit a file', asked)
  const { path, from, to } = edit
  return json(claude, { file_path: absolute(path, asked), old_string: from, new_string: to })
}

/** Where Codex offers no tool for it, it takes a patch on the command line of that name. */
function patchCall(patch: string, what: string, asked: Asked): ToolCall {
  const tool = offered(asked, 'apply_patch')
  if (tool?.takes === 'text')
    return { name: tool.name, namespace: tool.namespace, input: { text: patch } }
  if (offered(asked, 'exec_command') === null) throw new NotOffered(what, asked)
  return runCall(`apply_patch <<'END_OF_PATCH'\n${patch}\nEND_OF_PATCH`, what, asked)
}

interface EditOf {
  readonly path: string
  readonly from: string
  readonly to: string
}

/** Codex' patch format: "apply_patch" in its tool's own grammar. */
function addPatch({ path, text }: { readonly path: string; readonly text: string }): string {
  return patchOf([`*** Add File: ${path}`, ...marked('+', text)])
}

function editPatch({ path, from, to }: EditOf): string {
  return patchOf([`*** Update File: ${path}`, '@@', ...marked('-', from), ...marked('+', to)])
}

function patchOf(lines: readonly string[]): string {
  return ['*** Begin Patch', ...lines, '*** End Patch'].join('\n')
}

function marked(sign: string, text: string): readonly string[] {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map(line => `${sign}${line}`)
}

function offered(asked: Asked, name: string): OfferedTool | null {
  return asked.tools.find(tool => tool.name === name && tool.namespace === null) ?? null
}

function json(
  { name, namespace }: OfferedTool,
  input: Readonly<Record<string, unknown>>
): ToolCall {
  return { name, namespace, input: { json: input } }
}

function fullName({ name, namespace }: OfferedTool): string {
  return namespace === null || namespace === 'functions' ? name : `${namespace}__${name}`
}

function isMcp(tool: string): boolean {
  return tool.startsWith('mcp__')
}

function absolute(path: string, asked: Asked): string {
  if (path.startsWith('/')) return path
  if (asked.folder === null)
    throw new Error(
      `the tool wants an absolute path for ${path}, and the client does not say where it works`
    )
  return `${asked.folder}/${path}`
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
