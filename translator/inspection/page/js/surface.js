// What pictures, and parts that unfold, need of the page that they stand on: the living page and the
// reports are such.

/** @import { Place } from "./inspection.js" */

/**
 * @typedef {object} Surface
 * @property {Place | null} state the place that names of files tell; null where there is none
 * @property {number} room the width of the sections
 * @property {MediaQueryList} dark whether the screen is dark
 * @property {string[] | null} printing what was unfolded before the page was laid out for paper
 * @property {Set<string>} unfolded keys of what the reader has unfolded
 * @property {(key: string, isOpen: boolean) => void} keepUnfolded
 * @property {Map<string, [i: number, j: number]>} lastCell where Tab returns to in each grid
 * @property {string} pointer the last position of the mouse on the screen
 * @property {() => void} measure compute what the pictures still lack
 * @property {() => void} update draw the page again
 */

export {};
