package io.metalimages.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** Debian's docker-registry, the distribution project's server, on a port that the system chooses. */
public final class DockerRegistry implements AutoCloseable {

    private static final Pattern LISTENING = Pattern.compile("listening on 127\\.0\\.0\\.1:([0-9]+)");

    private final ServerProcess process;

    private DockerRegistry(ServerProcess process) {
        this.process = process;
    }

    /** One that lets everybody in. */
    public static DockerRegistry open(Path directory) throws IOException, InterruptedException {
        return start(directory, "");
    }

    /** One that wants a name and a password. */
    public static DockerRegistry withPassword(Path directory, String user, String password)
            throws IOException, InterruptedException {
        Host.assumeInstalled("htpasswd", "apache2-utils");
        Path passwords = directory.resolve("htpasswd");
        Process htpasswd = new ProcessBuilder("htpasswd", "-niB", user)
                .redirectOutput(passwords.toFile())
                .start();
        try (var input = htpasswd.outputWriter()) {
            input.write(password);
        }
        assertThat(htpasswd.waitFor()).isZero();
        return start(directory, """
                auth:
                  htpasswd:
                    realm: tests
                    path: %s
                """.formatted(passwords));
    }

    private static DockerRegistry start(Path directory, String more) throws IOException, InterruptedException {
        Host.assumeInstalled("docker-registry", "docker-registry");
        Path configuration = Files.writeString(
                directory.resolve("registry.yml"), """
                version: 0.1
                log:
                  level: info
                storage:
                  filesystem:
                    rootdirectory: %s
                  delete:
                    enabled: true
                http:
                  addr: 127.0.0.1:0
                """.formatted(directory.resolve("registry")) + more);
        return new DockerRegistry(ServerProcess.start(
                List.of("env", "OTEL_TRACES_EXPORTER=none", "docker-registry", "serve", configuration.toString()),
                directory.resolve("registry.log"),
                LISTENING));
    }

    /** Host and port. */
    public String name() {
        return "127.0.0.1:" + process.port();
    }

    @Override
    public void close() {
        process.close();
    }
}
