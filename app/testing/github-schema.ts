/** GitHub's whole GraphQL schema, as it publishes it. */
import { readFileSync } from 'node:fs'
import { buildSchema, type GraphQLSchema } from 'graphql'

/** Read as text: the package itself brings another version of graphql-js. */
export function readGitHubSchema(): GraphQLSchema {
  const file = new URL('schema.graphql', import.meta.resolve('@octokit/graphql-schema'))
  // GitHub's own file names two fields twice and leaves some deprecations out, which the strict reading refuses.
  return buildSchema(readFileSync(file, 'utf8'), { assumeValid: true })
}
