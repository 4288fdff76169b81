/** What a benchmark says at its end: one JSON object, or tables for a person. */
import { arch, availableParallelism, cpus, loadavg, platform, totalmem } from 'node:os'
import { table } from '#app/cli/io.ts'
import type { Detail, Measured } from './benchmark.ts'

/** `goal` is the target; `holds` says whether the floor named in the issue is met (decisions 45). */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly goal: number
  readonly floor: number
  readonly direction: 'at least' | 'at most'
}

interface Bounds {
  readonly unit: string
  readonly goal: number
  /** The worst value that still holds; the goal itself when the issue names no other. */
  readonly floor?: number
}

/** A figure of which more is better. */
export function atLeast(name: string, value: number, bounds: Bounds): Figure {
  const { unit, goal, floor = goal } = bounds
  return { name, value: rounded(value), unit, goal, floor, direction: 'at least' }
}

/** A figure of which less is better. */
export function atMost(name: string, value: number, bounds: Bounds): Figure {
  const { unit, goal, floor = goal } = bounds
  return { name, value: rounded(value), unit, goal, floor, direction: 'at most' }
}

export function holds(figure: Figure): boolean {
  const { value, floor, direction } = figure
  return direction === 'at least' ? value >= floor : value <= floor
}

/** Three digits after the point are more than any of our clocks is good for. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}

export interface Machine {
  readonly cores: number
  readonly cpu: string
  readonly memory_bytes: number
  readonly os: string
  readonly node: string
  readonly postgres: string
  /** Load average of one minute, before and after. */
  readonly load: readonly [number, number]
}

/** `loadBefore`: `loadNow()` when the benchmark began. */
export function machineOf(postgres: string, loadBefore: number): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    memory_bytes: totalmem(),
    os: `${platform()} ${arch()}`,
    node: process.versions.node,
    postgres,
    load: [rounded(loadBefore), rounded(loadNow())]
  }
}

export function loadNow(): number {
  return loadavg()[0] ?? 0
}

/** The object that `--json` prints as the last line. */
export function resultOf(bench: string, measured: Measured, machine: Machine) {
  const figures = measured.figures.map(figure => {
    const { name, value, unit, goal } = figure
    return { name, value, unit, goal, holds: holds(figure) }
  })
  return { bench, figures, details: measured.details, machine }
}

/** The same for a person. */
export function report(bench: string, measured: Measured, machine: Machine): string {
  const { cores, cpu, memory_bytes, os, node, postgres, load } = machine
  const gigabytes = (memory_bytes / 1024 ** 3).toFixed(0)
  return [
    detailTable(measured.details),
    figureTable(measured.figures),
    `${bench} on ${cores} x ${cpu}, ${gigabytes} GB, ${os}, Node ${node}, Postgres ${postgres}; load ${load[0]} before, ${load[1]} after`
  ]
    .filter(part => part !== '')
    .join('\n\n')
}

function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map(figure => {
    const sign = figure.direction === 'at least' ? '>=' : '<='
    return [
      figure.name,
      `${figure.value} ${figure.unit}`,
      `${sign} ${figure.goal}`,
      `${sign} ${figure.floor}`,
      holds(figure) ? 'yes' : 'NO'
    ]
  })
  return table([['FIGURE', 'MEASURED', 'GOAL', 'FLOOR', 'HOLDS'], ...rows])
}

function detailTable(details: readonly Detail[]): string {
  const [first] = details
  if (first === undefined) return ''
  const keys = Object.keys(first)
  const head = keys.map(key => key.toUpperCase().replaceAll('_', ' '))
  return table([head, ...details.map(row => keys.map(key => String(row[key] ?? '')))])
}
