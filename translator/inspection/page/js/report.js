// The start of a report's script: it reads the data and tells what they say.

/** @import { HeadComparison, SentenceComparison } from "./reports/compared.js" */
/** @import { HeadReport } from "./reports/head_report.js" */
/** @import { Inspected } from "./reports/inspected.js" */

import { byId } from "./elements.js";
import { twoRuns } from "./reports/compared_heads.js";
import { fitFrame } from "./reports/frame.js";
import { headsOfRun } from "./reports/heads.js";
import { oneSentence } from "./reports/inspected.js";
import { twoOverSentence } from "./reports/sentence.js";
import { Sheet } from "./reports/sheet.js";

/**
 * @typedef {object} Embedded
 * @property {HeadReport} [heads]
 * @property {HeadComparison} [two_runs]
 * @property {SentenceComparison} [sentence]
 * @property {Inspected} [inspected]
 */

/** @type {Embedded} one of them */
const { heads, two_runs, sentence, inspected } = JSON.parse(byId("report").textContent);
const sheet = new Sheet();
if (heads) sheet.tell(headsOfRun(heads));
if (two_runs) sheet.tell(twoRuns(two_runs));
if (sentence) sheet.tell(twoOverSentence(sentence));
if (inspected) sheet.tell(oneSentence(inspected));
fitFrame();
