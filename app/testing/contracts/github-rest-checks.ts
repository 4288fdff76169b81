/** Check runs: how a run shows itself on a commit. */
import { expect } from '@jest/globals'
import type { Claim, RestBench } from './github-rest.ts'

const ANNOTATION = {
  path: 'README.md',
  start_line: 1,
  end_line: 1,
  annotation_level: 'notice',
  message: 'look here'
}

async function create(bench: RestBench, more: Readonly<Record<string, unknown>> = {}) {
  const { sha } = await bench.branch()
  const body = { name: bench.unique('check'), head_sha: sha, status: 'in_progress', ...more }
  return bench.app('POST', './check-runs', body)
}

export const CHECK_CLAIMS: readonly Claim[] = [
  {
    id: 'check-run',
    title: 'a check run is made with output and buttons, goes on, and is completed',
    async prove(bench) {
      const output = { title: 'working', summary: 'cloning' }
      const actions = [{ label: 'Stop', description: 'Stop this run', identifier: 'stop' }]
      const made = await create(bench, { external_id: 'run-1', output, actions })
      expect(made.status).toBe(201)
      expect(made.body).toMatchObject({ status: 'in_progress', conclusion: null, output })
      expect(made.body).toMatchObject({ external_id: 'run-1', completed_at: null })
      const path = `./check-runs/${made.body.id}`
      const done = await bench.app('PATCH', path, {
        status: 'completed',
        conclusion: 'success',
        output: { title: 'done', summary: 'pushed', text: 'all of it', annotations: [ANNOTATION] }
      })
      expect(done.status).toBe(200)
      expect(done.body).toMatchObject({ status: 'completed', conclusion: 'success' })
      expect(done.body).toMatchObject({ output: { title: 'done', annotations_count: 1 } })
      expect(done.body.completed_at).not.toBeNull()
      const { body } = await bench.app('GET', path)
      expect(body).toMatchObject({ conclusion: 'success', output: { text: 'all of it' } })
      const { list } = await bench.app('GET', `${path}/annotations`)
      expect(list).toMatchObject([{ path: 'README.md', message: 'look here' }])
    }
  },
  {
    id: 'check-run-app',
    title: 'a check run names the App that made it',
    async prove(bench) {
      const { body } = await create(bench)
      expect(body.app).toMatchObject({ slug: bench.subject.appSlug })
    }
  },
  {
    id: 'check-run-conclusion',
    title: 'a conclusion completes a run; completed without a conclusion is refused',
    async prove(bench) {
      const { body } = await create(bench)
      const path = `./check-runs/${body.id}`
      expect((await bench.app('PATCH', path, { status: 'completed' })).status).toBe(422)
      const done = await bench.app('PATCH', path, { conclusion: 'failure' })
      expect(done.body).toMatchObject({ status: 'completed', conclusion: 'failure' })
    }
  },
  {
    id: 'check-run-annotations',
    title: 'annotations add up over the calls',
    async prove(bench) {
      const { body } = await create(bench)
      const output = (count: number) => ({
        title: 't',
        summary: 's',
        annotations: Array.from({ length: count }, () => ANNOTATION)
      })
      const path = `./check-runs/${body.id}`
      expect((await bench.app('PATCH', path, { output: output(50) })).status).toBe(200)
      const more = await bench.app('PATCH', path, { output: output(2) })
      expect(more.body.output).toMatchObject({ annotations_count: 52 })
    }
  },
  {
    id: 'check-run-limits',
    title: 'a call takes 50 annotations, 65,535 characters of summary and three short buttons',
    async prove(bench) {
      const { body } = await create(bench)
      const path = `./check-runs/${body.id}`
      const button = (label: string) => ({
        label,
        description: 'd',
        identifier: label.slice(0, 20)
      })
      const summary = (length: number) => ({ title: 't', summary: 'a'.repeat(length) })
      expect((await bench.app('PATCH', path, { output: summary(65_535) })).status).toBe(200)
      const tooMuch = [
        { output: summary(65_536) },
        { output: { ...summary(1), annotations: Array.from({ length: 51 }, () => ANNOTATION) } },
        { actions: ['a', 'b', 'c', 'd'].map(button) },
        { actions: [button('a'.repeat(21))] }
      ]
      const answers = await Promise.all(tooMuch.map(more => bench.app('PATCH', path, more)))
      expect(answers.map(one => one.status)).toEqual([422, 422, 422, 422])
    }
  },
  {
    id: 'check-run-commit',
    title: 'a check run needs a commit that is there',
    async prove(bench) {
      expect((await create(bench, { head_sha: '0'.repeat(40) })).status).toBe(422)
    }
  },
  {
    id: 'check-runs-of-commit',
    title: 'check runs are found by commit and name, the newest of each name',
    async prove(bench) {
      const { app } = bench
      const { sha, name: branch } = await bench.branch()
      const name = bench.unique('check')
      const first = await app('POST', './check-runs', { name, head_sha: sha })
      const second = await app('POST', './check-runs', { name, head_sha: sha })
      await app('POST', './check-runs', { name: 'another', head_sha: sha })
      const ids = async (query: string) => {
        const { body } = await app('GET', `./commits/${query}`)
        return (body.check_runs as unknown as readonly { readonly id: unknown }[]).map(r => r.id)
      }
      expect(await ids(`${sha}/check-runs?check_name=${name}`)).toEqual([second.body.id])
      const all = await ids(`${sha}/check-runs?check_name=${name}&filter=all`)
      expect(all.toSorted()).toEqual([first.body.id, second.body.id].toSorted())
      expect(await ids(`${branch}/check-runs`)).toHaveLength(2)
    }
  },
  {
    id: 'check-run-person',
    title: 'a person cannot make a check run',
    async prove({ owner, branch }) {
      const { sha } = await branch()
      const made = await owner('POST', './check-runs', { name: 'mine', head_sha: sha })
      expect(made.status).toBe(403)
    }
  }
]
