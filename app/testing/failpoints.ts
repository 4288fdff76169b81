/** Ends the process at a named step. Decorators over ports: production code knows none (decisions 42). */
import type { Overrides } from '#app/main.ts'
import type { Executor } from '#app/ports/executor.ts'
import type { Store, Tables } from '#app/ports/store.ts'

/**
 * `<port>.<method>:<when>:<nth>`, for example `github.checkRun:after:2`. For tables of the store
 * `before` is inside the transaction, which is lost, and `after` is right behind its commit.
 */
export interface Failpoint {
  readonly port: string
  readonly method: string
  readonly when: 'before' | 'after'
  readonly nth: number
}

export function parseFailpoint(text: string): Failpoint {
  const [, port = '', method = '', when = '', nth = '1'] =
    /^(\w+)\.(\w+):(before|after)(?::(\d+))?$/.exec(text) ?? []
  if (port === '')
    throw new Error(`"${text}" is no failpoint; write for example github.comment:after:1`)
  return { port, method, when: when as Failpoint['when'], nth: Number(nth) }
}

/** What `assemble` takes to die at this step. `die` does not return in real use. */
export function failpoint(
  point: Failpoint,
  die: () => void
): Required<Pick<Overrides, 'decorate'>> {
  let passed = 0
  const strike = (): boolean => {
    passed += 1
    return passed === point.nth
  }
  const around = <T extends object>(port: string, target: T): T =>
    port === point.port ? guard(target, point, strike, die) : target
  return {
    decorate: world => ({
      ...world,
      store: around('store', tablesGuarded(world.store, point, strike, die)),
      inbox: around('inbox', world.inbox),
      github: around('github', world.github),
      git: around('git', world.git),
      executors: Object.fromEntries(
        Object.entries(world.executors).map(([name, executor]) => [
          name,
          around<Executor>('executor', executor)
        ])
      )
    })
  }
}

function guard<T extends object>(
  target: T,
  point: Failpoint,
  strike: () => boolean,
  die: () => void
): T {
  return new Proxy(target, {
    get(object, key, receiver) {
      const value: unknown = Reflect.get(object, key, receiver)
      if (key !== point.method || typeof value !== 'function') return value
      return async (...input: unknown[]) => {
        if (point.when === 'before') {
          if (strike()) die()
          return value.apply(object, input)
        }
        const result: unknown = await value.apply(object, input)
        if (strike()) die()
        return result
      }
    }
  })
}

function tablesGuarded(
  store: Store,
  point: Failpoint,
  strike: () => boolean,
  die: () => void
): Store {
  return {
    async transaction(work) {
      let struck = false
      const result = await store.transaction(tables => {
        const table = tables[point.port as keyof Tables]
        if (table === undefined) return work(tables)
        const watched = new Proxy(table, {
          get(object, key, receiver) {
            const value: unknown = Reflect.get(object, key, receiver)
            if (key !== point.method || typeof value !== 'function') return value
            return async (...input: unknown[]) => {
              const answer: unknown = await value.apply(object, input)
              // A claim that takes nothing is no step.
              const did = !(Array.isArray(answer) && answer.length === 0)
              if (did && strike()) {
                if (point.when === 'before') die()
                struck = true
              }
              return answer
            }
          }
        })
        return work({ ...tables, [point.port]: watched })
      })
      if (struck) die()
      return result
    }
  }
}
