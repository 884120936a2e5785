package io.metalimages.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.metalimages.common.FaultException;
import io.metalimages.engine.Operation;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bases from an archive, with archives that fail. The real one is used by the test of whole builds. */
class ArchiveTest {

    @TempDir
    Path directory;

    private WorkDirectory work;
    private StateDirectory state;

    @BeforeEach
    void prepare() throws Exception {
        assumeTrue(Files.exists(Path.of("/usr/bin/gpgv")), "no gpgv on this machine: apt-get install gpgv");
        state = new StateDirectory(directory.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
    }

    @AfterEach
    void close() throws Exception {
        work.close();
    }

    private Operation.BaseSource find(String archive) throws Exception {
        return new Bases(state, work, Map.of(DebianArchive.VARIABLE, archive), false)
                .find(ImageReference.parse("debian:bookworm"))
                .orElseThrow();
    }

    @Test
    void anArchiveThatCannotBeReachedIsARemoteFault() throws Exception {
        int closedPort;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closedPort = socket.getLocalPort();
        }
        assertThatThrownBy(() -> find("http://127.0.0.1:" + closedPort + "/debian"))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault.category()).isEqualTo(FaultException.Category.REMOTE_FAULT);
                    assertThat(fault).hasMessageContaining("can't be reached: http://127.0.0.1:" + closedPort);
                    assertThat(fault.remedy().orElseThrow()).contains("network");
                });
        assertThat(state.bases()).isEmptyDirectory();
    }

    @Test
    void anArchiveThatNobodySignedIsARemoteFault() throws Exception {
        byte[] list = "Origin: Debian\nSuite: bookworm\n".getBytes(StandardCharsets.UTF_8);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/debian/dists/bookworm/InRelease", exchange -> {
            exchange.sendResponseHeaders(200, list.length);
            exchange.getResponseBody().write(list);
            exchange.close();
        });
        server.start();
        try {
            assertThatThrownBy(
                            () -> find("http://127.0.0.1:" + server.getAddress().getPort() + "/debian"))
                    .isInstanceOfSatisfying(FaultException.class, fault -> {
                        assertThat(fault.category()).isEqualTo(FaultException.Category.REMOTE_FAULT);
                        assertThat(fault).hasMessageContaining("signature of Debian's archive is wrong");
                    });
        } finally {
            server.stop(0);
        }
        assertThat(state.bases()).isEmptyDirectory();
    }

    @Test
    void onlyReleasesOfDebianAreBootstrapped() throws Exception {
        Bases bases = new Bases(state, work, Map.of(), false);
        assertThat(bases.find(ImageReference.parse("alpine:3"))).isEmpty();
        assertThat(bases.find(ImageReference.parse("debian:jessie"))).isEmpty();
        assertThat(bases.find(ImageReference.parse("debian"))).isEmpty();
    }

    @Test
    void imageReferencesAreReadAsDockerReadsThem() {
        assertThat(ImageReference.parse("docker.io/library/debian:12@sha256:0123"))
                .isEqualTo(new ImageReference("debian", "12"));
        assertThat(ImageReference.parse("localhost:5000/debian"))
                .isEqualTo(new ImageReference("localhost:5000/debian", "latest"));
    }
}
