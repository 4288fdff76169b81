/** What the sandbox remembers. Git holds commits and refs; everything else is here, in memory. */

import type { RegisteredApp } from './app.ts'

export const ROLES = ['read', 'triage', 'write', 'maintain', 'admin'] as const
export type Role = (typeof ROLES)[number]

export const REACTIONS = [
  '+1',
  '-1',
  'laugh',
  'confused',
  'heart',
  'hooray',
  'rocket',
  'eyes'
] as const
export type ReactionContent = (typeof REACTIONS)[number]

export interface Account {
  readonly id: number
  readonly login: string
  readonly type: 'User' | 'Organization' | 'Bot'
  readonly email: string
  readonly createdAt: string
}

export interface Reaction {
  readonly id: number
  readonly user: Account
  readonly content: ReactionContent
  readonly createdAt: string
}

export interface Label {
  readonly id: number
  name: string
  color: string
  description: string | null
}

export interface Comment {
  readonly id: number
  readonly issue: number
  readonly user: Account
  readonly viaApp: boolean
  readonly createdAt: string
  readonly reactions: Reaction[]
  body: string
  updatedAt: string
}

/** Something that happened to an issue; comments and reviews are merged in by the timeline. */
export interface IssueEvent {
  readonly id: number
  readonly event: 'labeled' | 'unlabeled' | 'closed' | 'reopened' | 'renamed' | 'merged'
  readonly actor: Account
  readonly viaApp: boolean
  readonly createdAt: string
  readonly label?: { readonly name: string; readonly color: string }
  readonly rename?: { readonly from: string; readonly to: string }
  readonly commit?: string
}

export type StateReason = 'completed' | 'not_planned' | 'duplicate' | 'reopened'

export interface Issue {
  readonly id: number
  readonly number: number
  readonly user: Account
  readonly viaApp: boolean
  readonly createdAt: string
  readonly labels: Label[]
  readonly reactions: Reaction[]
  readonly events: IssueEvent[]
  /** Set when the issue is a pull request. */
  readonly pull: Pull | null
  title: string
  body: string | null
  state: 'open' | 'closed'
  stateReason: StateReason | null
  assignees: Account[]
  updatedAt: string
  closedAt: string | null
  closedBy: Account | null
}

export interface Pull {
  readonly id: number
  readonly headRef: string
  readonly reviews: Review[]
  readonly comments: ReviewComment[]
  baseRef: string
  headSha: string
  baseSha: string
  draft: boolean
  mergedAt: string | null
  mergedBy: Account | null
  mergeCommit: string | null
  maintainerCanModify: boolean
}

type ReviewState = 'PENDING' | 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED'

export interface Review {
  readonly id: number
  readonly user: Account
  readonly commit: string
  body: string
  state: ReviewState
  submittedAt: string | null
}

export interface ReviewComment {
  readonly id: number
  readonly review: number
  readonly user: Account
  readonly path: string
  readonly diffHunk: string
  /** Lines below the first hunk header of the file, counted from 1 (GitHub's "position"). */
  readonly position: number | null
  readonly line: number | null
  readonly startLine: number | null
  readonly side: 'LEFT' | 'RIGHT'
  readonly subject: 'line' | 'file'
  readonly commit: string
  readonly inReplyTo: number | null
  readonly createdAt: string
  readonly reactions: Reaction[]
  body: string
  updatedAt: string
}

export interface CheckAction {
  readonly label: string
  readonly description: string
  readonly identifier: string
}

export interface CheckSuite {
  readonly id: number
  readonly headSha: string
  readonly headBranch: string | null
  readonly createdAt: string
}

export interface CheckRun {
  readonly id: number
  readonly suite: CheckSuite
  readonly headSha: string
  name: string
  externalId: string
  detailsUrl: string | null
  status: 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending'
  conclusion: string | null
  startedAt: string | null
  completedAt: string | null
  title: string | null
  summary: string | null
  text: string | null
  annotations: ReadonlyArray<Readonly<Record<string, unknown>>>
  actions: readonly CheckAction[]
}

export interface Installation {
  readonly id: number
  readonly account: Account
  /** With 'all', every repository of the account is put into the set, later ones too. */
  selection: 'all' | 'selected'
  readonly repositories: Set<number>
  readonly createdAt: string
  /** What the account's owner accepted; the App may ask for more by now, or for less. */
  permissions: Readonly<Record<string, Access>>
  updatedAt: string
  suspendedAt: string | null
  suspendedBy: Account | null
}

export interface Repository {
  readonly id: number
  readonly owner: Account
  readonly name: string
  readonly fullName: string
  readonly private: boolean
  readonly defaultBranch: string
  /** The bare git repository. */
  readonly folder: string
  readonly createdAt: string
  readonly collaborators: Map<number, Role>
  readonly labels: Label[]
  readonly issues: Issue[]
  readonly comments: Comment[]
  readonly suites: CheckSuite[]
  readonly checkRuns: CheckRun[]
  updatedAt: string
  pushedAt: string
}

interface PersonToken {
  readonly kind: 'person'
  readonly account: Account
}

interface InstallationToken {
  readonly kind: 'installation'
  readonly installation: Installation
  readonly permissions: Readonly<Record<string, Access>>
  /** null: every repository of the installation, also later ones. */
  readonly repositories: ReadonlySet<number> | null
  readonly expiresAt: number
}

export type Access = 'read' | 'write'

/** What the code of the manifest flow stands for. */
export interface Conversion {
  readonly app: RegisteredApp
  readonly clientSecret: string
  /** null for an App without a webhook. */
  readonly webhookSecret: string | null
  readonly expiresAt: number
}

export interface State {
  readonly accounts: Map<string, Account>
  readonly repositories: Map<string, Repository>
  readonly installations: Map<number, Installation>
  readonly tokens: Map<string, PersonToken | InstallationToken>
  readonly conversions: Map<string, Conversion>
  lastAccount: number
  lastRecord: number
}

/**
 * An empty GitHub. Ids of records start above 2^31, as the real ones do by now, so that a column
 * or a parser that is too narrow fails here and not in production.
 */
export function createState(): State {
  return {
    accounts: new Map(),
    repositories: new Map(),
    installations: new Map(),
    tokens: new Map(),
    conversions: new Map(),
    lastAccount: 41_000_000,
    lastRecord: 3_000_000_000
  }
}
