package io.metalimages.cli.command.build;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.testing.Host;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Does what {@code docs/new-image.md} says, line by line, in a clone of this checkout. */
@Tag("slow")
final class NewImagePageTest {

    private static final Path CHECKOUT = Path.of("..").toAbsolutePath().normalize();
    private static final String PROMPT = "$ ";

    @TempDir
    private Path directory;

    @Test
    void everyCommandOfThePageWorks() throws Exception {
        Host.assumeRoot("build images");
        List<String> commands = Files.readAllLines(CHECKOUT.resolve("docs/new-image.md")).stream()
                .filter(line -> line.startsWith(PROMPT))
                .map(line -> line.substring(PROMPT.length()).replace("/srv", directory.toString()))
                .toList();
        assertThat(commands).hasSizeGreaterThan(5);
        Path clone = directory.resolve("clone");
        run(directory, "git -c safe.directory='*' clone --quiet '" + CHECKOUT + "' '" + clone + "'");
        for (String command : commands) {
            run(clone, command);
        }
    }

    private void run(Path where, String command) throws Exception {
        Path said = directory.resolve("said");
        int status = new ProcessBuilder("sh", "-ec", command)
                .directory(where.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start()
                .waitFor();
        assertThat(status).as("%s\n%s", command, Files.readString(said)).isZero();
    }
}
