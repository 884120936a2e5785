package io.metalimages.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/** Debian's docker-registry, the distribution project's server, on a port that the system chooses. */
final class DockerRegistry implements AutoCloseable {

    private static final Pattern LISTENING = Pattern.compile("listening on 127\\.0\\.0\\.1:([0-9]+)");

    private final Process process;
    private final String name;

    private DockerRegistry(Process process, String name) {
        this.process = process;
        this.name = name;
    }

    /** One that lets everybody in. */
    static DockerRegistry open(Path directory) throws IOException, InterruptedException {
        return start(directory, "");
    }

    /** One that wants a name and a password. */
    static DockerRegistry withPassword(Path directory, String user, String password)
            throws IOException, InterruptedException {
        assumeInstalled("htpasswd", "apache2-utils");
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
        assumeInstalled("docker-registry", "docker-registry");
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
        Path log = directory.resolve("registry.log");
        ProcessBuilder builder = new ProcessBuilder("docker-registry", "serve", configuration.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("OTEL_TRACES_EXPORTER", "none");
        Process process = builder.start();
        while (true) {
            String said = Files.readString(log);
            Matcher matcher = LISTENING.matcher(said);
            if (matcher.find()) {
                return new DockerRegistry(process, "127.0.0.1:" + matcher.group(1));
            }
            assertThat(process.isAlive()).as(said).isTrue();
            Thread.sleep(10);
        }
    }

    static void assumeInstalled(String program, String packageName) {
        boolean installed = Arrays.stream(System.getenv("PATH").split(":", -1))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
        Assumptions.assumeTrue(
                installed, program + " is not installed on this machine (package " + packageName + "): not tested");
    }

    /** Host and port. */
    String name() {
        return name;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
