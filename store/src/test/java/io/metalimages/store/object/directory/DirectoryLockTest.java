package io.metalimages.store.object.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.linux.LockFile;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryLockTest {

    @TempDir
    private Path directory;

    /** As whoever copies or lists the store's files does. */
    @Test
    void isHeldThoughItsFileIsReadInTheSameProcess() throws Exception {
        Path file = directory.resolve("lock");
        boolean free = new DirectoryLock(directory).exclusively(() -> {
            Files.readAllBytes(file);
            return LockFile.tryExclusive(file).isPresent();
        });
        assertThat(free).isFalse();
        try (LockFile _ = LockFile.tryExclusive(file).orElseThrow()) {
            assertThat(file).isEmptyFile();
        }
    }

    @Test
    void waitingEndsWhenTheThreadIsInterrupted() throws Exception {
        try (LockFile _ = LockFile.exclusive(directory.resolve("lock"))) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> new DirectoryLock(directory).exclusively(() -> "never"))
                    .isInstanceOf(InterruptedIOException.class);
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
