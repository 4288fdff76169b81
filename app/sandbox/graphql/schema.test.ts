import { expect, test } from '@jest/globals'
import {
  type GraphQLNamedType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType
} from 'graphql'
import { readGitHubSchema } from '#app/testing/github-schema.ts'
import { SCHEMA } from './schema.ts'

const WHOLE = readGitHubSchema()

/** A type as lines that can be compared: its kind, and each field with its arguments and type. */
function linesOf(type: GraphQLNamedType | undefined): readonly string[] {
  if (type === undefined) return []
  const kind = `${type.name} is a ${type.constructor.name}`
  if (!isObjectType(type) && !isInterfaceType(type)) return [kind]
  const parents = type.getInterfaces().map(one => `${type.name} implements ${one.name}`)
  const fields = Object.values(type.getFields()).flatMap(field => [
    `${type.name}.${field.name}: ${field.type}`,
    ...field.args.map(arg => `${type.name}.${field.name}(${arg.name}: ${arg.type})`)
  ])
  return [kind, ...parents, ...fields]
}

const OURS = Object.values(SCHEMA.getTypeMap()).filter(
  type => !isIntrospectionType(type) && !isSpecifiedScalarType(type)
)

test.each(OURS.map(type => [type.name, type] as const))(
  '%s is a part of what GitHub has under that name',
  (name, type) => {
    const whole = new Set(linesOf(WHOLE.getType(name)))
    expect(linesOf(type).filter(line => !whole.has(line))).toEqual([])
  }
)

test('every argument that GitHub requires is one of ours too', () => {
  const missing = OURS.flatMap(type => {
    const whole = WHOLE.getType(type.name)
    if (!isObjectType(type) || !isObjectType(whole)) return []
    return Object.values(type.getFields()).flatMap(field =>
      (whole.getFields()[field.name]?.args ?? [])
        .filter(arg => String(arg.type).endsWith('!') && arg.defaultValue === undefined)
        .filter(arg => !field.args.some(own => own.name === arg.name))
        .map(arg => `${type.name}.${field.name}(${arg.name})`)
    )
  })
  expect(missing).toEqual([])
})
