package io.metalimages.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.Mounts;
import io.metalimages.engine.exec.StepLimits;
import io.metalimages.engine.files.PathFilter;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What steps see beside their root file system, with a real container. */
class StepMountsTest {

    private static final String SECRET = "s3cr3t-of-nobody";

    @TempDir
    Path directory;

    private StateDirectory state;
    private WorkDirectory work;
    private SnapshotStore snapshots;
    private Busybox busybox;
    private Path context;
    private StepCredentials credentials = StepCredentials.NONE;

    @BeforeEach
    void prepare() throws Exception {
        busybox = new Busybox(directory);
        state = new StateDirectory(directory.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
        snapshots = new OverlaySnapshotStore(state);
        context = Files.createDirectories(directory.resolve("context"));
        Files.writeString(context.resolve("f"), "of the context");
    }

    @AfterEach
    void leaveNothingBehind() throws Exception {
        if (work != null) {
            work.close();
            assertThat(Mounts.mountedBelow(directory)).isEmpty();
        }
    }

    private Snapshot run(String script, Operation.Mount... mounts) throws Exception {
        return new Solver(state, snapshots, work, false, StepLimits.USUAL, credentials)
                .solve(Busybox.run(busybox.root(), script, mounts), Progress.SILENT);
    }

    private String read(Snapshot snapshot, String path) throws IOException {
        try (SnapshotStore.View view = snapshots.view(snapshot, work)) {
            return Files.readString(view.root().resolve(path));
        }
    }

    private static Operation.Mount.Secret secret(boolean required) {
        return new Operation.Mount.Secret(
                "token", Optional.of("/run/secrets/token"), Optional.of("TOKEN"), required, 0440, 5, 6);
    }

    @Test
    void aSecretIsAFileAndAVariableAndNothingElse() throws Exception {
        credentials = new StepCredentials(Map.of("token", SECRET.getBytes(StandardCharsets.UTF_8)), Map.of());
        String script = "stat -c '%a %u:%g' /run/secrets/token > /seen; [ \"$TOKEN\" = \"$(cat /run/secrets/token)\" ];"
                + " echo ${#TOKEN} >> /seen";
        Snapshot made = run(script, secret(true));
        assertThat(read(made, "seen")).isEqualTo("440 5:6\n" + SECRET.length() + "\n");
        try (SnapshotStore.View view = snapshots.view(made, work)) {
            assertThat(view.root().resolve("run")).doesNotExist();
        }
        work.close();
        work = WorkDirectory.open(state, note -> {});
        try (Stream<Path> files = Files.walk(state.root())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(SECRET);
            }
        }
        credentials = new StepCredentials(Map.of("token", new byte[0]), Map.of());
        assertThat(run(script, secret(true)))
                .as("another secret is no reason to run again")
                .isEqualTo(made);
    }

    @Test
    void aSecretThatIsNotGivenIsAFaultOnlyIfItIsRequired() throws Exception {
        assertThat(read(run("echo ${TOKEN-unset} > /seen; [ ! -e /run/secrets ]", secret(false)), "seen"))
                .isEqualTo("unset\n");
        assertThatThrownBy(() -> run("true", secret(true)))
                .isInstanceOf(FaultException.class)
                .hasMessage("Dockerfile:1: the secret token is required, but was not given.");
        assertThatThrownBy(() -> run("true", new Operation.Mount.Agent("default", "/agent", true, 0600, 0, 0)))
                .hasMessage("Dockerfile:1: the SSH agent default is required, but was not given.");
    }

    @Test
    void anAgentIsReachedThroughASocket() throws Exception {
        Path agent = directory.resolve("agent");
        try (ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listening.bind(UnixDomainSocketAddress.of(agent));
            Thread echo = Thread.ofVirtual().start(() -> {
                try (SocketChannel client = listening.accept()) {
                    ByteBuffer bytes = ByteBuffer.allocate(100);
                    while (client.read(bytes) >= 0) {
                        client.write(bytes.flip());
                        bytes.clear();
                    }
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            Path socket = directory.resolve("socket");
            try (AgentSocket _ = new AgentSocket(socket, agent);
                    SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
                client.write(StandardCharsets.US_ASCII.encode("question"));
                ByteBuffer answer = ByteBuffer.allocate(8);
                while (answer.hasRemaining() && client.read(answer) >= 0) {
                    Thread.onSpinWait();
                }
                assertThat(new String(answer.array(), StandardCharsets.US_ASCII))
                        .isEqualTo("question");
            }
            echo.join();
            credentials = new StepCredentials(Map.of(), Map.of("default", agent));
            Snapshot made = run(
                    "stat -c '%F %a %u:%g' /run/agent > /seen",
                    new Operation.Mount.Agent("default", "/run/agent", true, 0620, 7, 8));
            assertThat(read(made, "seen")).isEqualTo("socket 620 7:8\n");
        }
    }

    @Test
    void whatIsWrittenToASourceIsLost() throws Exception {
        Operation.FileSource directorySource =
                new Operation.FileSource.Directory("the build context", context, PathFilter.ALL, false);
        Operation other = Busybox.copy(new Operation.Scratch(Busybox.label("scratch")), context, List.of("."), "/");
        for (Operation.FileSource source : List.of(directorySource, new Operation.FileSource.OfOperation(other))) {
            Snapshot made = run(
                    "echo changed > /w/f; cat /w/f > /seen; echo new > /w/n; cat /r/f >> /seen; [ ! -e /r/n ]",
                    new Operation.Mount.Bind("/w", source, "/", true),
                    new Operation.Mount.Bind("/r", source, "/"));
            assertThat(read(made, "seen")).isEqualTo("changed\nof the context");
            assertThat(context.resolve("f")).hasContent("of the context");
            assertThat(context.resolve("n")).doesNotExist();
        }
        assertThatThrownBy(() -> run("echo x > /r/f", new Operation.Mount.Bind("/r", directorySource, "/")))
                .isInstanceOf(StepFailedException.class);
    }

    @Test
    void aSourceThatIsNotThereIsNamedWithTheLine() {
        assertThatThrownBy(() -> run(
                        "true",
                        new Operation.Mount.Bind(
                                "/w",
                                new Operation.FileSource.Directory("the build context", context, PathFilter.ALL, false),
                                "missing",
                                true)))
                .isInstanceOf(FaultException.class)
                .hasMessage("Dockerfile:1: there is no missing in the build context.");
    }

    @Test
    void aCacheBeginsWithWhatItIsFrom() throws Exception {
        Operation.Mount.Cache cache = new Operation.Mount.Cache(
                "/c",
                "id",
                Operation.Sharing.SHARED,
                0750,
                3,
                4,
                Optional.of(new Operation.FileSource.Directory("the build context", context, PathFilter.ALL, false)),
                "/",
                false);
        Snapshot made = run("cat /c/f > /seen; stat -c ' %a %u:%g' /c >> /seen; echo kept > /c/f", cache);
        assertThat(read(made, "seen")).isEqualTo("of the context 750 3:4\n");
        assertThat(read(run("cat /c/f > /again", cache), "again")).isEqualTo("kept\n");
        Operation.Mount.Cache readOnly =
                new Operation.Mount.Cache("/c", "id", Operation.Sharing.SHARED, 0750, 3, 4, cache.from(), "/", true);
        assertThatThrownBy(() -> run("echo x > /c/f", readOnly)).isInstanceOf(StepFailedException.class);
    }

    @Test
    void memoryMayBeReadOnly() throws Exception {
        run("echo x > /m/f", new Operation.Mount.Temporary("/m", Optional.empty()));
        assertThatThrownBy(() -> run("echo x > /m/f", new Operation.Mount.Temporary("/m", Optional.empty(), true)))
                .isInstanceOf(StepFailedException.class);
    }
}
