package io.metalimages.artifact.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.testing.Command;
import io.metalimages.testing.DebianArchive;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

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
            library = DebianArchive.unpack(RELEASE, List.of(DECODER), work, "the consumer's decoder");
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
}
