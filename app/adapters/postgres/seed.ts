import type { Knex } from 'knex'
import type { Locale } from '#app/core/run.ts'

/**
 * Writes what the configuration says of people and of the default project: the listed logins are
 * platform owners, others lose that role. Repeating changes nothing.
 */
export async function seedPlatform(
  db: Knex,
  seed: { readonly owners: readonly string[]; readonly locale: Locale | null }
): Promise<void> {
  await db.transaction(async transaction => {
    for (const login of seed.owners) {
      await transaction.raw(
        `insert into users (id, login, platform_role) values (gen_random_uuid()::text, :login, 'owner')
         on conflict (lower(login)) do update set platform_role = 'owner'`,
        { login }
      )
    }
    await transaction.raw(
      `update users set platform_role = 'none' where platform_role = 'owner' and not (lower(login) = any(:owners))`,
      { owners: seed.owners.map(login => login.toLowerCase()) }
    )
    if (seed.locale !== null)
      await transaction('projects').where({ id: 'default' }).update({ locale: seed.locale })
  })
}
