import type { Knex } from 'knex'
import type { Links } from '#app/ports/audit.ts'
import { query } from './query.ts'

/** Links between issue, pull request, run and branch. */
export function postgresLinks(db: Knex): Links {
  return {
    async add(link) {
      await query(
        db,
        `insert into links (source_type, source_id, target_type, target_id, link_type)
         values (:sourceType, :sourceId, :targetType, :targetId, :linkType)
         on conflict do nothing`,
        {
          sourceType: link.from[0],
          sourceId: link.from[1],
          targetType: link.to[0],
          targetId: link.to[1],
          linkType: link.type
        }
      )
    }
  }
}
