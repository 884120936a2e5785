package io.metalimages.common.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which directories for unfinished files are taken for abandoned. */
class PendingDirectoryTest {

    @TempDir
    Path directory;

    /** Opens and closes one in the directory that is its argument. */
    static final class Opening {
        public static void main(String[] arguments) throws Exception {
            PendingDirectory.open(Path.of(arguments[0])).close();
        }
    }

    private static void openByAnotherProcess(Path parent) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Opening.class.getName(),
                        parent.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
    }

    @Test
    void aSecondOneInTheProcessLeavesTheFirstItsLock() throws Exception {
        Path before = Files.createDirectory(directory.resolve("before"));
        try (PendingDirectory first = PendingDirectory.open(before)) {
            Files.writeString(first.resolve("file"), "in use");
            Path after = Files.move(before, directory.resolve("after"));
            PendingDirectory.open(after).close();
            openByAnotherProcess(after);
            assertThat(after).isDirectoryRecursivelyContaining("glob:**/file");
        }
    }

    @Test
    void oneWhoseProcessEndedIsRemoved() throws Exception {
        Files.createFile(
                Files.createDirectory(directory.resolve(".unfinished-1")).resolve("lock"));
        Files.createFile(
                Files.createDirectory(directory.resolve(".unfinished-2")).resolve("file"));
        try (PendingDirectory opened = PendingDirectory.open(directory)) {
            assertThat(directory).isDirectoryNotContaining("glob:**/.unfinished-[12]");
            assertThat(opened.resolve("lock")).exists();
        }
        assertThat(directory).isEmptyDirectory();
    }
}
