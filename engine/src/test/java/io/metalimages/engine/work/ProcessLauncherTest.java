package io.metalimages.engine.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

final class ProcessLauncherTest {

    private final ProcessLauncher launcher = new ProcessLauncher("test");
    private final List<String> output = new CopyOnWriteArrayList<>();

    @Test
    void programReadsAllThatItIsFed() throws Exception {
        byte[] line = "0123456\n".getBytes(StandardCharsets.UTF_8);
        int status = launcher.feed(
                List.of("wc", "--bytes"),
                Map.of(),
                program -> {
                    for (int count = 0; count < 100_000; count++) {
                        program.write(line);
                    }
                },
                output::add);
        assertThat(status).isZero();
        assertThat(output).containsExactly("800000");
    }

    /** It fills the pipe, so that writing fails. */
    @Test
    void programMayEndEarly() throws Exception {
        int status = launcher.feed(
                List.of("sh", "-c", "echo enough; exit 3"),
                Map.of(),
                program -> {
                    while (true) {
                        program.write(new byte[8192]);
                    }
                },
                output::add);
        assertThat(status).isEqualTo(3);
        assertThat(output).containsExactly("enough");
    }

    @Test
    void programEndsWhenItsInputFails() {
        assertThatThrownBy(() -> launcher.feed(
                        List.of("sh", "-c", "echo $$; while :; do sleep 1; done"),
                        Map.of(),
                        program -> {
                            while (output.isEmpty()) {
                                Thread.onSpinWait();
                            }
                            throw new IOException("The disk is broken.");
                        },
                        output::add))
                .isInstanceOf(IOException.class)
                .hasMessage("The disk is broken.");
        assertThat(ProcessHandle.of(Long.parseLong(output.getFirst())))
                .satisfiesAnyOf(
                        gone -> assertThat(gone).isEmpty(),
                        ended -> assertThat(ended.orElseThrow().isAlive()).isFalse());
    }
}
