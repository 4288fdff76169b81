/** What happened on GitHub, in our words: the fields we use and nothing more. */

/** How an author stands to the repository, as GitHub says (`author_association`). */
export const TRUSTED_ASSOCIATIONS = ['OWNER', 'MEMBER', 'COLLABORATOR'] as const

export interface Person {
  readonly id: number
  readonly login: string
  /** GitHub's account type; only `User` may trigger (decisions 8). */
  readonly type: string
}

export interface RepositoryRef {
  readonly providerId: number
  readonly owner: string
  readonly name: string
  readonly defaultBranch: string
  readonly installationId: number
}

/** Where a trigger was made: an issue or a pull request, as it was in the delivery. */
export interface Thread {
  readonly number: number
  readonly isPullRequest: boolean
  readonly title: string
  readonly body: string
  readonly author: string
  readonly association: string
  readonly labels: readonly string[]
  readonly open: boolean
  readonly url: string
  /** ISO time of the last change of the thread. */
  readonly updatedAt: string
}

export interface Comment {
  readonly id: number
  readonly body: string
  readonly author: Person
  readonly association: string
  readonly createdAt: string
  readonly updatedAt: string
}

export interface EventBase {
  readonly deliveryId: string
  readonly repository: RepositoryRef
  readonly sender: Person
}

export type Event = EventBase &
  (
    | { readonly kind: 'label-added'; readonly label: string; readonly thread: Thread }
    | { readonly kind: 'label-removed'; readonly label: string; readonly thread: Thread }
    | { readonly kind: 'comment-created'; readonly comment: Comment; readonly thread: Thread }
    | {
        readonly kind: 'comment-edited'
        readonly comment: Comment
        readonly before: string
        readonly thread: Thread
      }
    | {
        readonly kind: 'review-submitted'
        readonly review: {
          readonly id: number
          readonly state: string
          readonly body: string
          readonly association: string
          readonly submittedAt: string
        }
        readonly thread: Thread
        readonly headRef: string
      }
    | {
        readonly kind: 'check-action'
        readonly checkRunId: number
        /** The run that the check run belongs to (`external_id`). */
        readonly run: string
        /** `rerequested`, or the identifier of the button that was pressed. */
        readonly action: string
        readonly completedAt: string | null
      }
  )
