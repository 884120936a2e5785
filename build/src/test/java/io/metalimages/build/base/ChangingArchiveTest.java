package io.metalimages.build.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.metalimages.build.BuildOptions;
import io.metalimages.build.BuiltImage;
import io.metalimages.build.Definition;
import io.metalimages.build.Definitions;
import io.metalimages.build.ImageBuilder;
import io.metalimages.build.Plan;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.engine.FileSystemListener;
import io.metalimages.engine.Progress;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.work.ProcessLauncher;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bootstraps Debian from an archive that changes between the pinning of a base and its making: this machine's own, with
 * signatures of the test's.
 */
@Tag("slow")
class ChangingArchiveTest {

    private static final String UPDATES = "/debian/dists/bookworm-updates/InRelease";

    private static final String SECRET = "correct-horse-battery";

    @TempDir
    private Path directory;

    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private final List<String> notes = new ArrayList<>();
    private StateDirectory state;
    private WorkDirectory work;
    private SignedArchive archive;
    private ImageBuilder builder;
    private Definition definition;

    @BeforeEach
    void prepare() throws Exception {
        Host.assumeRoot("make bases");
        Host.assumeInstalled("mmdebstrap", "mmdebstrap");
        state = new StateDirectory(directory.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
        archive = new SignedArchive(directory.resolve("k"));
        List<AptArchive.Suite> real = realSuites();
        String main = real.getFirst().uri();
        String security = real.getLast().uri();
        archive.putRest(path -> path.startsWith("/debian/")
                ? fetch(main + path.substring("/debian".length()))
                : fetch(security + path.substring("/security".length())));
        sign("/debian/dists/bookworm/InRelease", main + "/dists/bookworm/InRelease", now);
        sign(UPDATES, main + "/dists/bookworm-updates/InRelease", now);
        sign("/security/dists/bookworm-security/InRelease", security + "/dists/bookworm-security/InRelease", now);
        definition = definition();
        builder = new ImageBuilder(
                Definitions.in(Files.createDirectory(directory.resolve("os")), Map.of()),
                state,
                work,
                new OverlaySnapshotStore(state),
                BuildOptions.USUAL,
                Map.of(
                        Distributions.DEBIAN.archiveVariable(),
                        archive.address() + "/debian " + archive.address() + "/security",
                        Distributions.DEBIAN.keyringVariable(),
                        archive.keyring().toString(),
                        "APT_CONFIG",
                        credentials().toString()));
    }

    @AfterEach
    void close() throws Exception {
        if (archive != null) {
            archive.close();
        }
        if (work != null) {
            work.close();
            assertThat(new ProcessBuilder("rm", "-r", state.root().toString())
                            .inheritIO()
                            .start()
                            .waitFor())
                    .isZero();
        }
    }

    private List<AptArchive.Suite> realSuites() throws IOException, InterruptedException {
        try {
            return new AptArchive(Distributions.DEBIAN, thisMachine(), work.newDirectory("real"), work.launcher())
                    .find("bookworm");
        } catch (FaultException fault) {
            assumeTrue(false, "no archive of Debian is in reach: " + fault.getMessage());
            throw fault;
        }
    }

    private static BaseOptions thisMachine() {
        return new BaseOptions(false, System.getenv());
    }

    /** The archive wants a name and a password. */
    private Path credentials() throws IOException {
        archive.requireUser("builder", SECRET);
        Path machines = Files.writeString(
                directory.resolve("auth.conf"),
                "machine " + archive.address() + " login builder password " + SECRET + "\n");
        return Files.writeString(directory.resolve("apt.conf"), "Dir::Etc::netrc \"" + machines + "\";\n");
    }

    private Definition definition() throws IOException {
        Path context = Files.createDirectory(directory.resolve("context"));
        Path dockerfile = Files.writeString(context.resolve("Dockerfile"), "FROM debian:bookworm\n");
        return new Definition("image/1", dockerfile, context, Map.of(), Map.of(), Optional.empty(), List.of());
    }

    private byte[] fetch(String address) throws IOException, InterruptedException {
        try {
            Path file = new Apt(
                            Distributions.DEBIAN,
                            AptConfiguration.of(System.getenv()),
                            work.newDirectory("fetched"),
                            work.launcher())
                    .fetch(address);
            return Files.readAllBytes(file);
        } catch (FaultException missing) {
            return new byte[0];
        }
    }

    /** Serves the real suite with another date and signature. */
    private Digest sign(String path, String address, Instant date) throws IOException, InterruptedException {
        Path file = Files.write(work.newDirectory("signed").resolve("InRelease"), fetch(address));
        Path text = file.resolveSibling("text");
        ProcessLauncher launcher = work.launcher();
        launcher.run(
                List.of(
                        "gpgv",
                        "--keyring",
                        Distributions.DEBIAN.keys(thisMachine()).toString(),
                        "--output",
                        text.toString(),
                        file.toString()),
                Map.of(),
                line -> {});
        byte[] signed = archive.signed(
                Files.readString(text).replaceFirst("(?m)^Date: .*$", "Date: " + SignedArchive.time(date)));
        archive.put(path, () -> signed);
        return Digest.of(signed);
    }

    private Progress progress() {
        return event -> {
            if (event instanceof Progress.Event.Note(String message)) {
                synchronized (notes) {
                    notes.add(message);
                }
            }
        };
    }

    private String realUpdates() throws IOException, InterruptedException {
        return realSuites().getFirst().uri() + "/dists/bookworm-updates/InRelease";
    }

    @Test
    void whatWasReallyUsedIsWhatTheImageIsSaidToBeMadeFrom() throws Exception {
        Plan plan = builder.plan(definition, progress());
        Digest newer = sign(UPDATES, realUpdates(), now.plus(Duration.ofSeconds(1)));

        BuiltImage image = builder.build(plan, progress(), FileSystemListener.NONE);

        assertThat(notes).singleElement().asString().contains("has changed since", "bookworm-updates");
        UsedBase base = Objects.requireNonNull(image.plan().bases().get("debian:bookworm"));
        UsedBase.SignedList updates = base.lists().get(1);
        assertThat(updates.content()).isEqualTo(newer);
        assertThat(updates.date()).isEqualTo(now.plus(Duration.ofSeconds(1)));
        try (Stream<Path> results = Files.list(state.root().resolve("actions"))) {
            assertThat(results)
                    .as("nothing is kept under the key of what was pinned first")
                    .hasSize(1);
        }
        assertThat(new ProcessBuilder("grep", "--recursive", "--fixed-strings", "--files-with-matches", SECRET)
                        .directory(image.root().layers().getFirst().toFile())
                        .inheritIO()
                        .start()
                        .waitFor())
                .as("the password is nowhere in the image")
                .isEqualTo(1);
        assertThat(image.root().layers().getFirst().resolve("etc/apt/apt.conf.d"))
                .isDirectoryNotContaining("glob:**mmdebstrap");
        try (Stream<Path> lists = Files.list(image.root().layers().getFirst().resolve("var/lib/apt/lists"))) {
            assertThat(lists.map(file -> file.getFileName().toString())).containsOnly("lock", "partial");
        }
    }

    @Test
    void anArchiveThatChangesAllTheTimeIsGivenUp() throws Exception {
        byte[][] versions = new byte[8][];
        String real = realUpdates();
        for (int version = 0; version < 8; version++) {
            String path = "/version-" + version;
            sign(path, real, now.plus(Duration.ofSeconds(version)));
            versions[version] = archive.content(path);
        }
        int[] asked = new int[1];
        archive.put(UPDATES, () -> {
            synchronized (asked) {
                return versions[asked[0]++ % 8];
            }
        });
        assertThatThrownBy(
                        () -> builder.build(builder.plan(definition, progress()), progress(), FileSystemListener.NONE))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault.category()).isEqualTo(FaultException.Category.REMOTE_FAULT);
                    assertThat(fault).hasMessageContaining("3 times in this build");
                });
        try (Stream<Path> results = Files.list(state.root().resolve("actions"))) {
            assertThat(results).isEmpty();
        }
    }
}
