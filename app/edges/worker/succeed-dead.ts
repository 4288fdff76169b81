import type { World } from '#app/usecases/world.ts'
import type { WorkerOptions } from './index.ts'

/**
 * After a crash and a restart on the same machine there is no need to wait for leases to run out:
 * what instances of dead processes held is handed over at once. A wrong guess is harmless, because
 * every write carries the fence.
 */
export async function succeedDead(
  world: Pick<World, 'store' | 'log'>,
  options: WorkerOptions
): Promise<void> {
  const { instance, isAlive } = options
  const dead = await world.store.transaction(async ({ workers }) => {
    const others = await workers.onMachine(instance.machine)
    const gone = others.filter(other => other.id !== instance.id && !isAlive(other.pid))
    for (const other of gone) await workers.stop(other.id)
    return gone.map(other => other.id)
  })
  if (dead.length > 0)
    world.log.info({ workers: dead }, 'took over from instances that died on this machine')
}
