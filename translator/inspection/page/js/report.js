// The start of a report's script: it reads the data and tells what they say.

/** @import { HeadReport } from "./reports/head_report.js" */

import { byId } from "./elements.js";
import { headsOfRun } from "./reports/heads.js";
import { Sheet } from "./reports/sheet.js";

/** @typedef {{ kind: "heads", report: HeadReport }} Embedded */

/** @type {Embedded} */
const { report } = JSON.parse(byId("report").textContent);
new Sheet().tell(headsOfRun(report));
