package io.metalimages.artifact.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.testing.Command;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A program that reads an artifact with the decoder that metal-hammer has: pierrec/lz4 version 4 for Go. Debian packages
 * it in a release that the machine need not run, so the package is fetched from the archive that the machine's apt is
 * configured for, checked with that archive's key, and unpacked below {@code target} only.
 */
final class GoConsumer {

    private static final String RELEASE = "trixie";
    private static final String DECODER = "golang-github-pierrec-lz4-dev";

    private GoConsumer() {}

    /**
     * The program; the test is skipped if what it needs cannot be had. Tests that run at once do not disturb each other.
     *
     * @param directory for the program and its sources
     */
    static Path compile(Path directory) throws IOException, InterruptedException {
        Host.assumeInstalled("go", "golang-go");
        Path work = Files.createDirectories(Path.of("target", "go-consumer")).toAbsolutePath();
        Path library;
        try (FileChannel lock =
                        FileChannel.open(work.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = lock.lock()) {
            library = unpackedDecoder(work);
        }
        Path module = Files.createDirectory(directory.resolve("consumer-module"));
        Path consumer = module.resolve("consumer");
        Files.copy(Path.of("src", "test", "go", "consumer", "main.go"), module.resolve("main.go"));
        Files.writeString(module.resolve("go.mod"), """
                module consumer

                go 1.14

                require github.com/pierrec/lz4/v4 v4.1.18

                replace github.com/pierrec/lz4/v4 => %s
                """.formatted(
                        library.resolve("usr/share/gocode/src/github.com/pierrec/lz4")));
        Command.Outcome outcome = Command.run(
                Map.of(
                        "GOFLAGS", "-mod=mod",
                        "GOPROXY", "off",
                        "GOWORK", "off",
                        "GOPATH", work.resolve("path").toString(),
                        "GOCACHE", work.resolve("cache").toString(),
                        "CGO_ENABLED", "0"),
                List.of("sh", "-c", "cd \"$0\" && go build -o \"$1\" .", module.toString(), consumer.toString()));
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        return consumer;
    }

    private static Path unpackedDecoder(Path work) throws IOException, InterruptedException {
        Path unpacked = work.resolve("unpacked");
        if (Files.exists(unpacked.resolve("usr/share/gocode"))) {
            return unpacked;
        }
        Host.assumeInstalled("apt-get", "apt");
        Map<String, String> environment = new HashMap<>();
        environment.put("APT_CONFIG", aptConfiguration(work).toString());
        Command.Outcome update = Command.run(environment, List.of("apt-get", "update", "--error-on=any"));
        Assumptions.assumeTrue(
                update.exitCode() == 0,
                () -> "Debian's archive cannot be reached, so the consumer's decoder is not tested: "
                        + update.output());
        Command.Outcome download = Command.run(
                environment, List.of("sh", "-c", "cd \"$0\" && apt-get download \"$1\"", work.toString(), DECODER));
        assertThat(download.exitCode()).as(download.output()).isZero();
        try (Stream<Path> packages = Files.list(work)) {
            for (Path archive :
                    packages.filter(file -> file.toString().endsWith(".deb")).toList()) {
                Command.succeed("dpkg-deb", "-x", archive.toString(), unpacked.toString());
            }
        }
        return unpacked;
    }

    /** An apt of its own, which knows one release of the archive that the machine's apt knows. */
    private static Path aptConfiguration(Path work) throws IOException, InterruptedException {
        List<String> archives = Command.succeed(
                        "apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN) $(LABEL)", "Created-By: Packages")
                .lines()
                .map(line -> line.split(" ", -1))
                .filter(fields -> fields.length > 2 && fields[1].equals("Debian") && fields[2].equals("Debian"))
                .map(fields -> fields[0])
                .distinct()
                .toList();
        Assumptions.assumeFalse(
                archives.isEmpty(),
                "this machine's apt knows no archive of Debian, so the consumer's decoder is not tested");
        Path state = Files.createDirectories(work.resolve("apt"));
        Files.createDirectories(state.resolve("lists/partial"));
        Files.createDirectories(state.resolve("cache/archives/partial"));
        Files.writeString(state.resolve("status"), "");
        Files.writeString(
                state.resolve("sources.list"),
                "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] " + archives.getFirst() + " " + RELEASE
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
