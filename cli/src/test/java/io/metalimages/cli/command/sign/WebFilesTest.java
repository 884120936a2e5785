package io.metalimages.cli.command.sign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.metalimages.common.FaultException;
import io.metalimages.http.RetryPolicy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class WebFilesTest {

    private static final RetryPolicy IMPATIENT =
            new RetryPolicy(2, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(200));

    /** The kernel accepts the connections, and nobody ever reads from them. */
    @Test
    void aServerThatIsSilentIsARemoteFault() throws Exception {
        try (ServerSocket quiet = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            List<String> notes = new ArrayList<>();
            String server = "http://127.0.0.1:" + quiet.getLocalPort();

            FaultException ofAnIndex = assertThatExceptionOfType(FaultException.class)
                    .isThrownBy(
                            () -> new WebFiles(server + "/metal-os/stable/debian/12/", IMPATIENT, notes::add).close())
                    .actual();
            FaultException ofAFile = assertThatExceptionOfType(FaultException.class)
                    .isThrownBy(() -> {
                        try (WebFiles files = new WebFiles(server + "/img.tar.lz4", IMPATIENT, notes::add)) {
                            files.open("img.tar.lz4.md5");
                        }
                    })
                    .actual();

            assertThat(notes).hasSize(2).allSatisfy(note -> assertThat(note).endsWith("Trying again (2 of 2)."));
            assertThat(ofAnIndex)
                    .hasMessageEndingWith("failed 2 times: " + server.substring(7) + " was silent for 0.2 s.");
            assertThat(ofAFile).hasMessageContaining("/img.tar.lz4.md5 failed 2 times");
            assertThat(ofAnIndex.category()).isEqualTo(FaultException.Category.REMOTE_FAULT);
            assertThat(ofAFile.category()).isEqualTo(FaultException.Category.REMOTE_FAULT);
        }
    }
}
