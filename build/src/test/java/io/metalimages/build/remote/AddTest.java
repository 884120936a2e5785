package io.metalimages.build.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.metalimages.build.BuildOptions;
import io.metalimages.build.Definition;
import io.metalimages.build.Definitions;
import io.metalimages.build.ImageBuilder;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.engine.FileSystemListener;
import io.metalimages.engine.Progress;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.exec.StepLimits;
import io.metalimages.engine.snapshot.PlainSnapshotStore;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.testing.Command;
import io.metalimages.testing.Host;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code ADD} fetches, from servers of this machine. */
class AddTest {

    private static final String MODIFIED = "Sun, 09 Sep 2001 01:46:40 GMT";

    @TempDir
    Path directory;

    private StateDirectory state;
    private WorkDirectory work;
    private SnapshotStore snapshots;
    private HttpServer server;
    private Path served;
    private final List<String> answered = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void prepare() throws Exception {
        Host.assumeRoot("give files to root");
        state = new StateDirectory(directory.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
        snapshots = new PlainSnapshotStore(state);
        served = Files.createDirectory(directory.resolve("served"));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            Path file = served.resolve(exchange.getRequestURI().getPath().substring(1));
            boolean there = Files.isRegularFile(file);
            String tag = there ? "\"" + Digest.of(Files.readAllBytes(file)).hex() + "\"" : "";
            boolean same = tag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"));
            int status = same ? 304 : there ? 200 : 404;
            answered.add(status + " " + exchange.getRequestURI());
            exchange.getResponseHeaders().set("ETag", tag);
            exchange.getResponseHeaders().set("Last-Modified", MODIFIED);
            exchange.sendResponseHeaders(status, status == 200 && Files.size(file) > 0 ? Files.size(file) : -1);
            if (status == 200) {
                try (OutputStream body = exchange.getResponseBody()) {
                    Files.copy(file, body);
                }
            }
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void close() throws IOException {
        if (server != null) {
            server.stop(0);
            work.close();
        }
    }

    private String address(String path) {
        return "http://" + server.getAddress().getHostString() + ":"
                + server.getAddress().getPort() + "/" + path;
    }

    private Snapshot build(String dockerfile) throws Exception {
        Path context = Files.createDirectories(directory.resolve("context"));
        Files.writeString(context.resolve("Dockerfile"), dockerfile);
        Definition definition = new Definition(
                "add/1", context.resolve("Dockerfile"), context, Map.of(), Map.of(), Optional.empty(), List.of());
        ImageBuilder builder = new ImageBuilder(
                Definitions.in(Files.createDirectories(directory.resolve("os")), Map.of()),
                state,
                work,
                snapshots,
                new BuildOptions(false, false, false, Network.NONE, StepLimits.USUAL),
                Map.of());
        return builder.build(definition, Progress.SILENT, FileSystemListener.NONE);
    }

    private String read(Snapshot snapshot, String path) throws IOException {
        try (SnapshotStore.View view = snapshots.view(snapshot, work)) {
            return Files.readString(view.root().resolve(path), StandardCharsets.UTF_8);
        }
    }

    private List<String> names(Snapshot snapshot, String path) throws IOException {
        try (SnapshotStore.View view = snapshots.view(snapshot, work);
                var files = Files.list(view.root().resolve(path))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aFileOfTheWebIsFetchedAgainOnlyWhenItHasChanged() throws Exception {
        Files.writeString(served.resolve("f"), "one");
        String dockerfile = "FROM scratch\nADD " + address("f") + " /d/\n";
        Snapshot first = build(dockerfile);
        try (SnapshotStore.View view = snapshots.view(first, work)) {
            FileStatus status = FileStatus.of(view.root().resolve("d/f"));
            assertThat(status.permissions()).isEqualTo(0600);
            assertThat(status.modified().toMillis()).isEqualTo(1_000_000_000_000L);
        }
        assertThat(build(dockerfile)).isEqualTo(first);
        Files.writeString(served.resolve("f"), "two");
        assertThat(read(build(dockerfile), "d/f")).isEqualTo("two");
        assertThat(answered).containsExactly("200 /f", "304 /f", "200 /f");
    }

    @Test
    void aChecksumNeedsNoQuestionOnceTheFileIsThere() throws Exception {
        Files.writeString(served.resolve("f"), "one");
        String checksum = "sha256:" + Digest.of("one").hex();
        String dockerfile =
                "FROM scratch\nADD --checksum=" + checksum + " --chmod=u=rwX,go=rX " + address("f") + " /x\n";
        assertThat(read(build(dockerfile), "x")).isEqualTo("one");
        build(dockerfile);
        assertThat(answered).containsExactly("200 /f");

        assertThatThrownBy(() -> build(dockerfile.replace(checksum, "sha256:" + "0".repeat(64))))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("Dockerfile:2: ")
                .hasMessageContaining("has the checksum " + checksum);
    }

    @Test
    void mistakesNameTheLine() {
        for (String wrong : List.of(
                "ADD " + address("missing") + " /",
                "ADD --checksum=sha256:12 " + address("f") + " /",
                "ADD --checksum=sha256:" + "0".repeat(64) + " Dockerfile /",
                "ADD missing /",
                "COPY " + address("f") + " /",
                "ADD " + address("repository.git?nonsense=1") + " /",
                "ADD " + address("repository.git") + " /")) {
            assertThatThrownBy(() -> build("FROM scratch\n" + wrong + "\n"))
                    .as(wrong)
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining("Dockerfile:2: ");
        }
    }

    @Test
    void anArchiveOfTheWebIsUnpackedOnRequest() throws Exception {
        Path packed = Files.createDirectory(directory.resolve("packed"));
        Files.writeString(packed.resolve("inner"), "inner");
        Command.succeed(
                "tar", "-C", packed.toString(), "-czf", served.resolve("a.tgz").toString(), ".");
        assertThat(names(build("FROM scratch\nADD " + address("a.tgz") + " /d/\n"), "d"))
                .containsExactly("a.tgz");
        assertThat(read(build("FROM scratch\nADD --unpack=true " + address("a.tgz") + " /d/\n"), "d/inner"))
                .isEqualTo("inner");
    }

    private String git(Path repository, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of("git", "-C", repository.toString(), "-c", "user.name=a", "-c", "user.email=a@example.com"));
        command.addAll(List.of(arguments));
        return Command.succeed(command.toArray(String[]::new)).strip();
    }

    @Test
    void aRepositoryIsTheCommitThatItsReferenceIsAt() throws Exception {
        Host.assumeInstalled("git", "git");
        Path repository = Files.createDirectory(directory.resolve("repository"));
        git(repository, "init", "--quiet", "--initial-branch=main");
        Files.createDirectories(repository.resolve("sub/deep"));
        Files.writeString(repository.resolve("sub/deep/f"), "one");
        Files.writeString(repository.resolve("top"), "top");
        git(repository, "add", ".");
        git(repository, "commit", "--quiet", "-m", "one");
        git(repository, "tag", "-a", "-m", "one", "v1");
        String first = git(repository, "rev-parse", "HEAD");
        Files.writeString(repository.resolve("sub/deep/f"), "two");
        git(repository, "commit", "--quiet", "-am", "two");
        publish(repository);

        String address = address("repository.git");
        Snapshot all = build("FROM scratch\nADD " + address + " /all\n");
        assertThat(names(all, "all")).containsExactly("sub", "top");
        assertThat(read(all, "all/sub/deep/f")).isEqualTo("two");
        for (String of : List.of("#v1:sub", "#" + first + ":sub/", "?tag=v1&subdir=sub", "?ref=v1&subdir=sub")) {
            assertThat(read(build("FROM scratch\nADD " + address + of + " /x/\n"), "x/deep/f"))
                    .as(of)
                    .isEqualTo("one");
        }
        assertThat(names(build("FROM scratch\nADD --keep-git-dir=true " + address + "#v1 /x\n"), "x"))
                .contains(".git");
        assertThat(read(build("FROM scratch\nADD --checksum=" + first + " " + address + "#v1 /\n"), "sub/deep/f"))
                .isEqualTo("one");
        assertThatThrownBy(() -> build("FROM scratch\nADD --checksum=" + first + " " + address + " /\n"))
                .hasMessageContaining("Dockerfile:2: ")
                .hasMessageContaining("not " + first);
        assertThatThrownBy(() -> build("FROM scratch\nADD " + address + "#nothing /\n"))
                .hasMessageContaining("there is no nothing in");
    }

    /** As files that any web server can serve. */
    private void publish(Path repository) throws Exception {
        Path bare = served.resolve("repository.git");
        Command.succeed("git", "clone", "--quiet", "--bare", repository.toString(), bare.toString());
        git(bare, "update-server-info");
    }

    @Test
    void archivesOfTheContextAreUnpacked() throws Exception {
        Path packed = Files.createDirectory(directory.resolve("packed"));
        Files.writeString(packed.resolve("inner"), "inner");
        Path context = Files.createDirectories(directory.resolve("context"));
        Command.succeed(
                "tar",
                "-C",
                packed.toString(),
                "-cJf",
                context.resolve("a.tar.xz").toString(),
                "inner");
        Files.writeString(context.resolve("plain"), "plain");
        ByteArrayOutputStream damaged = new ByteArrayOutputStream();
        damaged.write(Files.readAllBytes(context.resolve("a.tar.xz")), 0, 100);
        Snapshot built = build("FROM scratch\nADD --chown=3:4 a.tar.xz plain /d\nADD --unpack=false a.tar.xz /e/\n");
        assertThat(names(built, "d")).containsExactly("inner", "plain");
        assertThat(names(built, "e")).containsExactly("a.tar.xz");
        try (SnapshotStore.View view = snapshots.view(built, work)) {
            assertThat(FileStatus.of(view.root().resolve("d/inner")).user()).isEqualTo(3);
        }
    }
}
