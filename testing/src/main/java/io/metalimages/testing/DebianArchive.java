package io.metalimages.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The archive of Debian that this machine's apt knows: packages of any of its releases, unpacked aside and never installed. */
public final class DebianArchive {

    private static final String DONE = "done";

    private DebianArchive() {}

    /**
     * Unpacks packages, without what they depend on. Skips the test if the archive can't be reached.
     *
     * @param directory what was unpacked there before is used again
     * @param purpose what can't be tested without them
     */
    public static Path unpack(String release, List<String> packages, Path directory, String purpose)
            throws IOException, InterruptedException {
        Path unpacked = directory.resolve("root");
        if (Files.exists(directory.resolve(DONE))) {
            return unpacked;
        }
        for (String program : List.of("apt-get", "dpkg-deb")) {
            Host.assumeInstalled(program, program);
        }
        Path downloaded = Files.createDirectories(directory.resolve("packages"));
        Map<String, String> environment =
                Map.of("APT_CONFIG", configuration(release, directory, purpose).toString());
        Command.Outcome update = Command.run(environment, List.of("apt-get", "update", "--error-on=any"));
        assumeTrue(
                update.exitCode() == 0,
                () -> "Debian's archive cannot be reached, so " + purpose + " is not tested: " + update.output());
        List<String> download =
                new ArrayList<>(List.of("sh", "-c", "cd \"$0\" && apt-get download \"$@\"", downloaded.toString()));
        download.addAll(packages);
        Command.Outcome outcome = Command.run(environment, download);
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        try (Stream<Path> files = Files.list(downloaded)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".deb")).toList()) {
                Command.succeed("dpkg-deb", "-x", file.toString(), unpacked.toString());
            }
        }
        Files.createFile(directory.resolve(DONE));
        return unpacked;
    }

    /** Of an apt of its own, which knows one release. */
    private static Path configuration(String release, Path directory, String purpose)
            throws IOException, InterruptedException {
        List<String> archives = Command.succeed(
                        "apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN) $(LABEL)", "Created-By: Packages")
                .lines()
                .map(line -> line.split(" ", -1))
                .filter(fields -> fields.length > 2 && fields[1].equals("Debian") && fields[2].equals("Debian"))
                .map(fields -> fields[0])
                .distinct()
                .toList();
        assumeFalse(
                archives.isEmpty(), "this machine's apt knows no archive of Debian, so " + purpose + " is not tested");
        Path state = Files.createDirectories(directory.resolve("apt")).toAbsolutePath();
        Files.createDirectories(state.resolve("lists/partial"));
        Files.createDirectories(state.resolve("cache/archives/partial"));
        Files.writeString(state.resolve("status"), "");
        Files.writeString(
                state.resolve("sources.list"),
                "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] " + archives.getFirst() + " " + release
                        + " main\n");
        return Files.writeString(state.resolve("apt.conf"), """
                Dir::State "%1$s";
                Dir::State::lists "%1$s/lists";
                Dir::State::status "%1$s/status";
                Dir::Cache "%1$s/cache";
                Dir::Etc::sourcelist "%1$s/sources.list";
                Dir::Etc::sourceparts "/dev/null";
                Dir::Etc::preferencesparts "/dev/null";
                APT::Sandbox::User "root";
                Acquire::Languages "none";
                Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
                """.formatted(state));
    }
}
