/** The slice of GitHub's GraphQL schema that the sandbox answers; a test holds it to the whole one. */
import { buildSchema } from 'graphql'

export const SDL = `
scalar DateTime
scalar GitObjectID
scalar URI

interface Node {
  id: ID!
}

interface RepositoryOwner {
  id: ID!
  login: String!
  url: URI!
}

interface GitObject {
  id: ID!
  oid: GitObjectID!
  abbreviatedOid: String!
}

type Query {
  rateLimit(dryRun: Boolean = false): RateLimit
  repository(followRenames: Boolean = true, name: String!, owner: String!): Repository
  viewer: User!
}

type RateLimit {
  cost: Int!
  limit: Int!
  nodeCount: Int!
  remaining: Int!
  resetAt: DateTime!
  used: Int!
}

type User implements Node & RepositoryOwner {
  id: ID!
  login: String!
  url: URI!
}

type Organization implements Node & RepositoryOwner {
  id: ID!
  login: String!
  url: URI!
}

type Repository implements Node {
  id: ID!
  name: String!
  nameWithOwner: String!
  isPrivate: Boolean!
  url: URI!
  owner: RepositoryOwner!
  defaultBranchRef: Ref
  object(expression: String, oid: GitObjectID): GitObject
}

type Ref implements Node {
  id: ID!
  name: String!
  prefix: String!
  target: GitObject
}

type Commit implements GitObject & Node {
  id: ID!
  oid: GitObjectID!
  abbreviatedOid: String!
  message: String!
  tree: Tree!
}

type Tree implements GitObject & Node {
  id: ID!
  oid: GitObjectID!
  abbreviatedOid: String!
  entries: [TreeEntry!]
}

type TreeEntry {
  mode: Int!
  name: String!
  object: GitObject
  oid: GitObjectID!
  path: String
  size: Int!
  type: String!
}

type Blob implements GitObject & Node {
  id: ID!
  oid: GitObjectID!
  abbreviatedOid: String!
  byteSize: Int!
  isBinary: Boolean
  isTruncated: Boolean!
  text: String
}
`

export const SCHEMA = buildSchema(SDL)
