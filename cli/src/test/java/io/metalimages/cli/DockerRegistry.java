package io.metalimages.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/** Debian's docker-registry, which lets everybody in, on a port that the system chooses. */
final class DockerRegistry implements AutoCloseable {

    private static final Pattern LISTENING = Pattern.compile("listening on 127\\.0\\.0\\.1:([0-9]+)");

    private final Process process;
    private final String name;

    DockerRegistry(Path directory) throws IOException, InterruptedException {
        assumeInstalled("docker-registry");
        Path configuration =
                Files.writeString(directory.resolve("registry.yml"), """
                version: 0.1
                storage:
                  filesystem:
                    rootdirectory: %s
                http:
                  addr: 127.0.0.1:0
                """.formatted(directory.resolve("registry")));
        Path log = directory.resolve("registry.log");
        process = new ProcessBuilder("docker-registry", "serve", configuration.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        name = "127.0.0.1:" + port(log);
    }

    private String port(Path log) throws IOException, InterruptedException {
        while (true) {
            String said = Files.readString(log);
            Matcher matcher = LISTENING.matcher(said);
            if (matcher.find()) {
                return matcher.group(1);
            }
            assertThat(process.isAlive()).as(said).isTrue();
            Thread.sleep(10);
        }
    }

    static void assumeInstalled(String program) {
        boolean installed = Arrays.stream(System.getenv("PATH").split(":", -1))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
        Assumptions.assumeTrue(installed, program + " is not installed on this machine: not tested");
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
