/** Which comments of an issue may stand in a prompt (decisions 10b). */
import type { Comment } from './event.ts'
import type { TrustedText } from './run.ts'

export interface TrustPolicy {
  /** `author_association` values that count, for example `TRUSTED_ASSOCIATIONS`. */
  readonly trustedAssociations: readonly string[]
  /** Login of this App, with or without `[bot]`. */
  readonly ownLogin: string
  /** ISO time of the trigger: the text counts as it was then. */
  readonly until: string
  /** The comment that is the trigger itself: its text is the instruction already. */
  readonly triggerComment?: number | null
  /**
   * Id of the person who triggered and was found to have the right to: our owners and members need
   * not be GitHub's, so their own words count whatever the association.
   */
  readonly actor?: number | null
}

/** A comment, with its place where it stands on a line. */
export type PlacedComment = Comment & { readonly place?: string | null }

export interface TrustedComments {
  readonly kept: readonly TrustedText[]
  /** What people wrote in time, but who are not trusted, or which was edited behind the trigger. */
  readonly leftOut: number
}

/**
 * Comments as they were at the trigger, from authors whom the policy trusts, oldest first. Bots,
 * ours among them, and comments of nothing but slash commands are no input and are not counted.
 */
export function trustedComments(
  comments: readonly PlacedComment[],
  policy: TrustPolicy
): TrustedComments {
  const until = Date.parse(policy.until)
  const inTime = comments
    .filter(comment => isFromPerson(comment, policy) && Date.parse(comment.createdAt) <= until)
    .filter(comment => comment.id !== (policy.triggerComment ?? null))
    .filter(comment => !isOnlyCommands(comment.body))
  const kept = inTime.filter(
    comment => isTrusted(comment, policy) && !isEditedBehind(comment, until)
  )
  return {
    kept: kept
      .toSorted((left, right) => Date.parse(left.createdAt) - Date.parse(right.createdAt))
      .map(({ author, createdAt, body, place }) => ({
        author: author.login,
        at: createdAt,
        body,
        place: place ?? null
      })),
    leftOut: inTime.length - kept.length
  }
}

function isFromPerson(comment: Comment, policy: TrustPolicy): boolean {
  const login = bareLogin(comment.author.login)
  return comment.author.type === 'User' && login !== bareLogin(policy.ownLogin)
}

function isTrusted(comment: Comment, policy: TrustPolicy): boolean {
  if (policy.trustedAssociations.includes(comment.association.toUpperCase())) return true
  return comment.author.id === (policy.actor ?? null)
}

function bareLogin(login: string): string {
  return login.toLowerCase().replace(/\[bot\]$/, '')
}

/** A text edited behind the trigger may say anything; what it said at the trigger is not known. */
function isEditedBehind(comment: Comment, until: number): boolean {
  const updated = Date.parse(comment.updatedAt)
  return updated > Date.parse(comment.createdAt) && updated > until
}

/** Every line is a slash command, whoever's; an empty comment as well. */
function isOnlyCommands(body: string): boolean {
  const lines = body.split(/\r\n?|\n/).filter(line => line.trim() !== '')
  return lines.every(line => /^ {0,3}\/[^\s/]+(?:\s|$)/.test(line))
}
