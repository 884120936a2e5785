package io.metalimages.build;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Debian's archive as this machine's apt knows it.
 *
 * @param main where the releases are, an apt URI
 * @param security where their security updates are, if that is somewhere else
 */
record DebianArchive(String main, Optional<String> security) {

    /** Names an archive in place of apt's: the URI of the releases and, after a space, that of the security updates. */
    static final String VARIABLE = "METAL_IMAGES_DEBIAN_ARCHIVE";

    private static final List<Path> KEYRINGS = List.of(
            Path.of("/usr/share/keyrings/debian-archive-keyring.gpg"),
            Path.of("/usr/share/keyrings/debian-archive-keyring.pgp"));

    private static final Set<String> RELEASES =
            Set.of("bullseye", "bookworm", "trixie", "forky", "oldoldstable", "oldstable", "stable", "testing");

    private static final String HELPER = "/usr/lib/apt/apt-helper";

    /**
     * The archive that the environment names, else the one in apt's configuration.
     *
     * @throws FaultException if there is none
     */
    static DebianArchive find(Map<String, String> environment, ProcessLauncher launcher)
            throws IOException, InterruptedException {
        String named = environment.getOrDefault(VARIABLE, "").strip();
        if (!named.isEmpty()) {
            String[] uris = named.split(" +");
            return new DebianArchive(uris[0], uris.length > 1 ? Optional.of(uris[1]) : Optional.empty());
        }
        List<String> targets = new ArrayList<>();
        int status = launcher.run(
                List.of(
                        "apt-get",
                        "indextargets",
                        "--format",
                        "$(REPO_URI) $(RELEASE) $(LABEL)",
                        "Identifier: Packages"),
                Map.of(),
                targets::add);
        if (status != 0) {
            throw FaultException.missing(
                    "apt does not say which archives it uses: " + String.join(" ", targets),
                    "Run apt-get indextargets to see why.");
        }
        Optional<String> main = Optional.empty();
        Optional<String> security = Optional.empty();
        for (String target : targets) {
            String[] fields = target.split(" ", 3);
            String label = fields.length > 2 ? fields[2] : "";
            if (label.equals("Debian") || RELEASES.contains(fields[1])) {
                main = main.or(() -> Optional.of(fields[0]));
            } else if (label.equals("Debian-Security") || fields[1].endsWith("-security")) {
                security = security.or(() -> Optional.of(fields[0]));
            }
        }
        return new DebianArchive(
                main.orElseThrow(() -> FaultException.missing(
                        "apt on this machine has no archive of Debian in its sources.",
                        "Add one below /etc/apt/sources.list.d, or name one in " + VARIABLE + ".")),
                security);
    }

    /**
     * The keys that sign the archive.
     *
     * @throws FaultException if this machine has none
     */
    static Path keyring() {
        return KEYRINGS.stream()
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> FaultException.missing(
                        "This machine does not have the keys of Debian's archive (" + KEYRINGS.getFirst() + ").",
                        "Install them: apt-get install debian-archive-keyring"));
    }

    /** The lines of sources.list for a release: itself, its updates, its security updates. */
    List<String> sources(String release) {
        List<String> sources = new ArrayList<>();
        sources.add("deb " + main + " " + release + " main");
        if (!release.equals("sid")) {
            sources.add("deb " + main + " " + release + "-updates main");
            security.ifPresent(uri -> sources.add("deb " + uri + " " + release + "-security main"));
        }
        return sources;
    }

    /**
     * Fetches the signed list of what a source holds, and checks its signature.
     *
     * @param source a line of {@link #sources}
     * @param directory to fetch to
     * @return the text of the list
     * @throws FaultException if the archive can't be reached or the signature is wrong
     */
    String signedRelease(String source, Path directory, ProcessLauncher launcher)
            throws IOException, InterruptedException {
        String[] fields = source.split(" ");
        String address = fields[1].replaceFirst("/*$", "/") + "dists/" + fields[2] + "/InRelease";
        Path file = directory.resolve(fields[2]);
        List<String> output = new ArrayList<>();
        int status = launcher.run(
                List.of(HELPER, "-o", "Acquire::Retries=3", "download-file", address, file.toString()),
                Map.of("LC_ALL", "C.UTF-8"),
                output::add);
        if (status != 0 || !Files.exists(file)) {
            String reason = output.stream()
                    .filter(line -> line.startsWith("Err") || line.startsWith("E:") || line.startsWith("  "))
                    .map(String::strip)
                    .reduce((first, last) -> last)
                    .orElse("no reason given");
            throw FaultException.remote(
                    "Debian's archive can't be reached: " + address + ": " + reason,
                    "Check the network and apt's sources, or name another archive in " + VARIABLE + ".");
        }
        requireSignature(file, address, launcher);
        return Files.readString(file);
    }

    /** One good signature is enough, as for apt: a release may be signed by keys that this machine doesn't know yet. */
    private void requireSignature(Path file, String address, ProcessLauncher launcher)
            throws IOException, InterruptedException {
        List<String> output = new ArrayList<>();
        launcher.run(
                List.of("gpgv", "--status-fd", "1", "--keyring", keyring().toString(), file.toString()),
                Map.of("LC_ALL", "C.UTF-8"),
                output::add);
        boolean good = output.stream().anyMatch(line -> line.startsWith("[GNUPG:] GOODSIG "));
        boolean bad = output.stream().anyMatch(line -> line.startsWith("[GNUPG:] BADSIG "));
        if (!good || bad) {
            String reason = output.stream()
                    .filter(line -> line.startsWith("gpgv: "))
                    .map(line -> line.substring("gpgv: ".length()))
                    .reduce((first, last) -> last)
                    .orElse("it carries no signature");
            throw FaultException.remote(
                    "The signature of Debian's archive is wrong: " + address + ": " + reason + " (keys in " + keyring()
                            + ").",
                    "Do not use this archive before you know why. If its keys are new, update debian-archive-keyring.");
        }
    }
}
