import type { Person, RepositoryRef } from '#app/core/event.ts'
import type { Membership, Project, Repository } from '#app/core/project.ts'

export interface Projects {
  /** The repository by GitHub's numeric id; registers it in the default project, and follows renames and a new default branch or installation. */
  repository(ref: RepositoryRef): Promise<Repository>
  repositoryById(id: string): Promise<Repository | null>
  project(id: string): Promise<Project>
  /** Null when the person is no user of ours; matches by GitHub id, else by login for users never seen before. */
  membership(projectId: string, person: Person): Promise<Membership | null>
  repositories(): Promise<readonly Repository[]>
}
