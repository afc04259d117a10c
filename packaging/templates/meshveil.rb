class Meshveil < Formula
  desc "Mask sensitive JSON fields in a service mesh, and prove that no path bypasses it"
  homepage "@URL@"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

@SYSTEMS@
  def install
    bin.install "meshveil"
    man1.install Dir["man/man1/*"]
    bash_completion.install "completions/meshveil.bash" => "meshveil"
    fish_completion.install "completions/meshveil.fish"
    zsh_completion.install "completions/_meshveil"
  end

  test do
    (testpath/"in.json").write "{\"ssn\": \"123-45-6789\"}"
    assert_equal "{\"ssn\": \"****6789\"}", shell_output("#{bin}/meshveil mask --rule '$..ssn=partial(keepLast=4)' in.json")
  end
end
