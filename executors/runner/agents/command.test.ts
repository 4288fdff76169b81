import { fileURLToPath } from 'node:url'
import { agentContract } from '#app/testing/contracts/agent.ts'
import { command } from './command.ts'

const PROGRAM = fileURLToPath(import.meta.resolve('#app/testing/agent-program.ts'))

agentContract(command, behaviour => ({
  name: 'command',
  command: [process.execPath, PROGRAM, behaviour],
  model: null,
  reasoning: null
}))
