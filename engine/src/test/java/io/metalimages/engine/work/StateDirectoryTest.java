package io.metalimages.engine.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may look into the state directory. */
class StateDirectoryTest {

    @TempDir
    Path directory;

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static void open(Path path) throws IOException {
        Files.setPosixFilePermissions(Files.createDirectories(path), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void isTheOwnersOnly() throws Exception {
        StateDirectory state = new StateDirectory(directory.resolve("above/state"));
        for (Path made : List.of(
                state.snapshots(),
                state.failed(),
                state.logs(),
                state.history(),
                state.work(),
                state.locks("steps"),
                state.locks("steps").getParent(),
                state.root())) {
            assertThat(mode(made)).as(made.toString()).isEqualTo("rwx------");
        }
    }

    @Test
    void isClosedWhenAnEarlierVersionLeftItOpen() throws Exception {
        StateDirectory state = new StateDirectory(directory.resolve("state"));
        open(state.root());
        open(state.root().resolve("snapshots"));
        open(state.root().resolve("work"));
        open(state.root().resolve("locks/steps"));
        open(state.root().resolve("locks"));

        assertThat(mode(state.snapshots())).isEqualTo("rwx------");
        assertThat(mode(state.locks("steps").resolveSibling(""))).isEqualTo("rwx------");
        assertThat(mode(state.root())).isEqualTo("rwx------");
    }

    @Test
    void leavesADirectoryAsItIsThatHoldsOtherThings() throws Exception {
        Path shared = directory.resolve("shared");
        open(shared);
        Files.writeString(shared.resolve("letter"), "for all");
        StateDirectory state = new StateDirectory(shared);

        assertThat(mode(state.snapshots())).isEqualTo("rwx------");
        assertThat(mode(shared)).isEqualTo("rwxr-xr-x");
    }
}
