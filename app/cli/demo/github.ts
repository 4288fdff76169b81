/** The sandbox as its people use it: over the REST API, with their own tokens. */
import type { Sandbox } from '#app/sandbox/index.ts'
import { DEMO_PEOPLE, DEMO_REPOSITORY } from './repository.ts'

export interface Issue {
  readonly number: number
  readonly html_url: string
}

export interface CheckRun {
  readonly id: number
  readonly external_id: string
  readonly head_sha: string
  readonly status: string
  readonly conclusion: string | null
  readonly html_url: string
  readonly output: { readonly title: string | null }
}

export interface PullRequest {
  readonly number: number
  readonly html_url: string
  readonly title: string
  readonly state: string
  readonly head: { readonly sha: string; readonly ref: string }
}

export interface ChangedFile {
  readonly filename: string
  readonly status: string
}

type Login = keyof typeof DEMO_PEOPLE

interface Call {
  readonly by?: Login
  readonly method?: 'GET' | 'POST'
  readonly body?: unknown
}

/** What the story reads and writes on GitHub. Every call throws when the answer is no 2xx. */
export class DemoGitHub {
  readonly sandbox: Sandbox
  readonly #tokens: ReadonlyMap<Login, string>

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox
    const logins = Object.keys(DEMO_PEOPLE) as Login[]
    this.#tokens = new Map(logins.map(login => [login, sandbox.person(login).token]))
  }

  async createIssue(issue: { readonly title: string; readonly body: string }): Promise<Issue> {
    return this.#json<Issue>('/issues', { method: 'POST', body: issue })
  }

  async addLabel(issue: number, label: string): Promise<void> {
    await this.#json(`/issues/${issue}/labels`, { method: 'POST', body: { labels: [label] } })
  }

  async reactions(issue: number): Promise<readonly string[]> {
    const all = await this.#json<ReadonlyArray<{ content: string }>>(`/issues/${issue}/reactions`)
    return all.map(reaction => reaction.content)
  }

  /** Comments of our App on a thread. */
  async ownComments(thread: number): Promise<ReadonlyArray<{ readonly html_url: string }>> {
    const all = await this.#json<ReadonlyArray<{ html_url: string; user: { type: string } }>>(
      `/issues/${thread}/comments`
    )
    return all.filter(comment => comment.user.type === 'Bot')
  }

  async checkRuns(ref: string, run: string): Promise<readonly CheckRun[]> {
    const found = await this.#json<{ check_runs: readonly CheckRun[] }>(
      `/commits/${encodeURIComponent(ref)}/check-runs?filter=all`
    )
    return found.check_runs.filter(check => check.external_id === run)
  }

  async pullRequest(number: number): Promise<PullRequest> {
    return this.#json<PullRequest>(`/pulls/${number}`)
  }

  async pullRequests(): Promise<readonly PullRequest[]> {
    return this.#json('/pulls?state=all')
  }

  async files(number: number): Promise<readonly ChangedFile[]> {
    return this.#json(`/pulls/${number}/files`)
  }

  async diff(path: string): Promise<string> {
    const accept = 'application/vnd.github.diff'
    return (await this.#fetch(path, {}, accept)).text()
  }

  async compare(
    base: string,
    head: string
  ): Promise<{ readonly total_commits: number; readonly files: readonly ChangedFile[] }> {
    return this.#json(`/compare/${base}...${head}`)
  }

  async fileAt(path: string, ref: string): Promise<string> {
    const file = await this.#json<{ content: string }>(`/contents/${path}?ref=${ref}`)
    return Buffer.from(file.content, 'base64').toString()
  }

  async requestChanges(
    pull: number,
    review: {
      readonly body: string
      readonly path: string
      readonly line: number
      readonly remark: string
    }
  ): Promise<void> {
    const { body, path, line, remark } = review
    await this.#json(`/pulls/${pull}/reviews`, {
      by: 'lina',
      method: 'POST',
      body: {
        event: 'REQUEST_CHANGES',
        body,
        comments: [{ path, line, side: 'RIGHT', body: remark }]
      }
    })
  }

  async #json<T>(path: string, call: Call = {}): Promise<T> {
    const response = await this.#fetch(path, call, 'application/vnd.github+json')
    return (await response.json()) as T
  }

  async #fetch(path: string, call: Call, accept: string): Promise<Response> {
    const { by = 'mona', method = 'GET', body } = call
    const url = `${this.sandbox.apiUrl}/repos/${DEMO_REPOSITORY.fullName}${path}`
    const response = await fetch(url, {
      method,
      headers: { accept, authorization: `token ${this.#tokens.get(by)}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    if (response.ok) return response
    throw new Error(
      `${method} ${path}: ${response.status} ${(await response.text()).slice(0, 300)}`
    )
  }
}
