import { expect, test } from '@jest/globals'
import { findOperation, readDescription } from './description.ts'
import { OPERATIONS } from './operations.ts'
import { sliceDocument } from './slice-document.ts'

const thing = {
  type: 'object',
  description: 'words',
  required: ['id'],
  properties: {
    id: { type: 'integer', example: 1 },
    title: { type: 'string', nullable: true },
    state: { type: 'string', nullable: true, enum: ['open', null] },
    parent: { nullable: true, allOf: [{ $ref: '#/components/schemas/parent' }] }
  }
}
const document = {
  paths: {
    '/things/{id}': {
      get: {
        parameters: [
          { $ref: '#/components/parameters/id' },
          { name: 'accept', in: 'header', schema: { type: 'string' } }
        ],
        responses: {
          200: {
            content: { 'application/json': { schema: { $ref: '#/components/schemas/thing' } } }
          },
          204: { description: 'nothing' },
          404: { $ref: '#/components/responses/lost' }
        }
      },
      delete: { responses: {} }
    }
  },
  components: {
    parameters: { id: { name: 'id', in: 'path', required: true, schema: { type: 'integer' } } },
    responses: {
      lost: { content: { 'application/json': { schema: { oneOf: [{ type: 'string' }] } } } }
    },
    schemas: { thing, parent: { type: 'object' }, unused: { type: 'object' } }
  }
}

test('a slice holds what was asked for and all that it names, and nothing else', () => {
  expect(sliceDocument(document, ['GET /things/{id}'], 'here')).toEqual({
    source: 'here',
    operations: {
      'GET /things/{id}': {
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
        body: null,
        responses: {
          200: { $ref: '#/schemas/thing' },
          204: null,
          404: { anyOf: [{ type: 'string' }] }
        }
      }
    },
    schemas: {
      parent: { type: 'object' },
      thing: {
        type: 'object',
        required: ['id'],
        properties: {
          id: { type: 'integer' },
          title: { anyOf: [{ type: 'string' }, { type: 'null' }] },
          state: { anyOf: [{ type: 'string', enum: ['open'] }, { type: 'null' }] },
          parent: { anyOf: [{ allOf: [{ $ref: '#/schemas/parent' }] }, { type: 'null' }] }
        }
      }
    }
  })
})

test('an operation that GitHub does not have cannot be sliced', () => {
  expect(() => sliceDocument(document, ['PUT /things/{id}'], 'here')).toThrow(
    'slicing here: it has no operation PUT /things/{id}'
  )
})

test('the committed slice is of the listed operations', () => {
  expect(Object.keys(readDescription().operations).toSorted()).toEqual(OPERATIONS.toSorted())
})

test.each([
  ['GET', '/repos/o/r/issues/comments', 'GET /repos/{owner}/{repo}/issues/comments', {}],
  [
    'GET',
    '/repos/o/r/issues/7',
    'GET /repos/{owner}/{repo}/issues/{issue_number}',
    { issue_number: '7' }
  ],
  ['GET', '/repos/o/r/contents', 'GET /repos/{owner}/{repo}/contents/{path}', { path: '' }],
  [
    'GET',
    '/repos/o/r/contents/a/b.txt',
    'GET /repos/{owner}/{repo}/contents/{path}',
    { path: 'a/b.txt' }
  ],
  [
    'GET',
    '/repos/o/r/commits/a/b/check-runs',
    'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
    { ref: 'a/b' }
  ],
  [
    'DELETE',
    '/repos/o/r/issues/7/labels/run%3Adev',
    'DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}',
    { name: 'run:dev' }
  ]
] as const)('%s %s is %s', (method, path, name, params) => {
  expect(findOperation(method, path)).toMatchObject({ name, params })
})

test.each([
  ['GET', '/repos/o/r/nothing'],
  ['PUT', '/repos/o/r/issues/7'],
  ['GET', '/repos/o/r/issues/7/8']
])('%s %s is no operation', (method, path) => {
  expect(findOperation(method, path)).toBeNull()
})
