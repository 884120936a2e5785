package io.metalimages.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OutputDirectoryTest {

    @TempDir
    private Path directory;

    @Test
    void needNotExistAndIsNotMade() {
        Path output = directory.resolve("images/debian/12");
        assertThatCode(() -> OutputDirectory.requireWritable("Artifacts", output, "--output"))
                .doesNotThrowAnyException();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void mustNotBeBelowFile() throws IOException {
        Path file = Files.createFile(directory.resolve("images"));
        assertThatThrownBy(() -> OutputDirectory.requireWritable("Artifacts", file.resolve("debian/12"), "--output"))
                .isInstanceOfSatisfying(
                        FaultException.class,
                        fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.FAILED_WORK))
                .hasMessageContaining(file.resolve("debian/12") + ": " + file + " is not a directory.");
    }

    /** A directory that even root can't write. */
    @Test
    void mustBeWritable() {
        assertThatThrownBy(
                        () -> OutputDirectory.requireWritable("Artifacts", Path.of("/proc/sys/debian/12"), "--output"))
                .hasMessageContaining("/proc/sys/debian/12")
                .hasMessageContaining("cannot be written");
    }
}
