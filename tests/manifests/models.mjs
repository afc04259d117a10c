// Reads objects as a JSON list on standard input and prints, as a JSON list of texts, what the published models of Istio, the
// Gateway API and Envoy Gateway have against each: an empty text is nothing, `unknown` is a kind that none of them has.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const modules = process.argv[2];
const packages = ["istio", "gateway-api", "envoy-gateway"];

async function model({ apiVersion, kind }) {
  for (const name of packages) {
    const path = join(modules, "@kubernetes-models", name, apiVersion, `${kind}.js`);
    if (existsSync(path)) return (await import(pathToFileURL(path)))[kind];
  }
}

async function complaint(object) {
  const Model = await model(object);
  if (!Model) return "unknown";
  try {
    new Model(object).validate();
    return "";
  } catch (error) {
    return String(error);
  }
}

const complaints = [];
for (const object of JSON.parse(readFileSync(0))) complaints.push(await complaint(object));
process.stdout.write(JSON.stringify(complaints));
