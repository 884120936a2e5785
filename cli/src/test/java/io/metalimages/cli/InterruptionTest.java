package io.metalimages.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.cli.display.Interruption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public final class InterruptionTest {

    @TempDir
    private Path directory;

    /** Cleans up for ever. */
    static final class Stubborn {

        private Stubborn() {}

        public static void main(String[] arguments) {
            Interruption interruption = new Interruption();
            interruption.watch(() -> System.err.println("asked"));
            System.err.println("ready");
            while (true) {
                try {
                    Thread.sleep(Duration.ofHours(1));
                } catch (InterruptedException e) {
                    System.err.println("interrupted, requested: " + interruption.requested(Duration.ZERO));
                }
            }
        }
    }

    @Test
    void secondCtrlCEndsTheProcessThatStillCleansUp() throws Exception {
        Program program = new Program(directory, Map.of());
        Process process = program.startClass(Stubborn.class);
        program.awaitErrors(process, "ready");
        signal(process);
        program.awaitErrors(process, "asked");
        program.awaitErrors(process, "interrupted, requested: true");
        assertThat(process.isAlive()).isTrue();
        signal(process);
        assertThat(process.waitFor()).isEqualTo(130);
    }

    @Test
    void nothingIsRequestedUnlessSomeoneWatches() {
        Thread.currentThread().interrupt();
        assertThat(new Interruption().requested(Duration.ofHours(1))).isFalse();
        assertThat(Thread.interrupted()).isTrue();
    }

    public static void signal(Process process) throws Exception {
        assertThat(new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }
}
