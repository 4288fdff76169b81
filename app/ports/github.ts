/** What we need from GitHub. Octokit lives behind this, in adapters/github. */
import type { Comment } from '#app/core/event.ts'
import type { Repository } from '#app/core/project.ts'

export interface IssueText {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly author: string
  readonly url: string
  readonly open: boolean
  readonly labels: readonly string[]
  readonly updatedAt: string
}

export interface PullRequest {
  readonly number: number
  readonly url: string
  readonly headRef: string
  readonly headSha: string
  readonly open: boolean
  readonly merged: boolean
  readonly title: string
  readonly body: string
  readonly labels: readonly string[]
}

/** A review's own text or one of its line comments; `createdAt` is when the review was submitted. */
export interface ReviewComment extends Comment {
  /** Null for a line comment that belongs to no review. */
  readonly reviewId: number | null
  /** `path:line`, or null for the review's own text. */
  readonly place: string | null
}

/** Reads. NOT_FOUND when GitHub says 404 (after retries for fresh events), GITHUB_LIMIT / GITHUB_UNAVAILABLE to try later. */
export interface GitHubReads {
  /** GitHub's permission of a person on the repository: admin, maintain, write, triage, read or none. */
  permission(repository: Repository, login: string): Promise<string>
  issue(repository: Repository, number: number): Promise<IssueText>
  /** All comments of a thread, oldest first. */
  comments(repository: Repository, number: number): Promise<readonly Comment[]>
  /**
   * Texts of all submitted reviews of a pull request, each before its line comments, oldest review
   * first. `expected` is a review that an event has just told us of: NOT_FOUND when it is not there.
   */
  reviewTexts(
    repository: Repository,
    pullRequest: number,
    expected: number | null
  ): Promise<readonly ReviewComment[]>
  /** Open issues and pull requests that carry this label, with who put it on last and when. */
  labelled(
    repository: Repository,
    label: string
  ): Promise<
    ReadonlyArray<{
      readonly issue: IssueText
      readonly isPullRequest: boolean
      readonly by: { readonly id: number; readonly login: string; readonly type: string } | null
      readonly at: string
    }>
  >
}

export interface GitHubBranches {
  /** Commit a branch points to; null when there is no such branch. */
  head(repository: Repository, branch: string): Promise<string | null>
  /** The open pull request from this branch of the same repository; null when there is none. */
  openPullRequest(repository: Repository, branch: string): Promise<PullRequest | null>
  /** Logins or names of authors, other than this App, of commits on `branch` that `into` lacks; empty when merged. */
  foreignAuthors(repository: Repository, branch: string, into: string): Promise<readonly string[]>
}

export interface CheckRunContent {
  readonly name: string
  readonly headSha: string
  /** Our run's id: finds the check run again when the answer to its creation was lost. */
  readonly externalId: string
  readonly status: 'queued' | 'in_progress' | 'completed'
  readonly conclusion:
    | 'success'
    | 'failure'
    | 'cancelled'
    | 'timed_out'
    | 'neutral'
    | 'action_required'
    | null
  readonly title: string
  readonly summary: string
  readonly text: string
  readonly startedAt: string
  readonly completedAt: string | null
  readonly detailsUrl: string | null
  readonly actions: ReadonlyArray<{
    readonly label: string
    readonly description: string
    readonly identifier: string
  }>
}

/**
 * Writes, each safe to repeat after an answer was lost: they look for what they would make before
 * they make it (by hidden marker, external id, branch). Called by the effect worker only.
 */
export interface GitHubWrites {
  /** 👀. Repeating is harmless at GitHub itself. */
  react(
    repository: Repository,
    subject:
      | { readonly on: 'issue'; readonly number: number }
      | { readonly on: 'comment'; readonly id: number }
  ): Promise<void>
  /** Creates or edits the comment that carries `marker`; with `id` edits that one (and makes a new one when a person deleted it). `mayExist` asks to search before creating. */
  comment(
    repository: Repository,
    input: {
      readonly thread: number
      readonly id: number | null
      readonly marker: string
      readonly body: string
      readonly mayExist: boolean
    }
  ): Promise<{ readonly id: number; readonly url: string }>
  /** Adds and removes labels; a label that is absent, or an issue that is gone, is no error. */
  labels(
    repository: Repository,
    input: {
      readonly thread: number
      readonly add: readonly string[]
      readonly remove: readonly string[]
    }
  ): Promise<void>
  /** Creates (id null) or updates a check run. `mayExist` asks to search by external id before creating. */
  checkRun(
    repository: Repository,
    input: {
      readonly id: number | null
      readonly content: CheckRunContent
      readonly mayExist: boolean
    }
  ): Promise<{ readonly id: number }>
  /** Opens the pull request of a branch or updates its body; keeps a title that exists. */
  pullRequest(
    repository: Repository,
    input: {
      readonly branch: string
      readonly base: string
      readonly title: string
      readonly body: (existing: string | null) => string
    }
  ): Promise<PullRequest>
}

/** Classes of installation token (reliability 3.2): narrowed to one repository, minted for one use. */
export type TokenClass = 'reader' | 'reporter' | 'pusher'

export interface RepositoryAccess {
  /** Clone URL without credential and the value of an Authorization header for it; `release` ends a pusher's token, does not throw, and is called after the push. */
  git(
    repository: Repository,
    access: 'reader' | 'pusher'
  ): Promise<{
    readonly url: string
    readonly authorization: string
    readonly release: () => Promise<void>
  }>
  /** The App's own identity for commits and for telling our comments from others'. */
  identity(): Promise<{
    readonly appId: number
    readonly slug: string
    readonly login: string
    readonly email: string
  }>
}

/** Git reads for a runner: `upload-pack` of one repository, passed through (decisions 28). */
export interface GitUpstream {
  advertise(repository: Repository, protocol: string | null): Promise<Response>
  uploadPack(
    repository: Repository,
    request: {
      readonly body: ReadableStream<Uint8Array>
      readonly encoding: string | null
      readonly protocol: string | null
    }
  ): Promise<Response>
}
