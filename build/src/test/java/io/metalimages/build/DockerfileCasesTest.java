package io.metalimages.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.metalimages.common.linux.FileStatus;
import io.metalimages.engine.FileSystemListener;
import io.metalimages.engine.Progress;
import io.metalimages.engine.exec.Network;
import io.metalimages.engine.exec.StepLimits;
import io.metalimages.engine.snapshot.OverlaySnapshotStore;
import io.metalimages.engine.snapshot.Snapshot;
import io.metalimages.engine.snapshot.SnapshotStore;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Builds small Dockerfiles and compares what comes of them with what BuildKit makes of them. Each is a directory of {@code
 * cases}: a Dockerfile with its context, {@code named.txt} with named contexts, {@code setup.sh} with what a repository
 * can't hold, and {@code expected.txt} with entries of the result.
 *
 * <p>{@code debian:bookworm} is a system of nothing but busybox.
 */
class DockerfileCasesTest {

    private static final Pattern EXPECTED = Pattern.compile("^ {2}(\\S+): (.+)$", Pattern.MULTILINE);

    @TempDir
    static Path shared;

    @TempDir
    Path directory;

    private static WorkDirectory work;
    private static StateDirectory state;
    private static SnapshotStore snapshots;
    private static Path busybox;

    @BeforeAll
    static void prepare() throws Exception {
        Host.assumeRoot("run containers");
        Host.assumeInstalled("python3", "python3");
        Path program = Host.busybox();
        state = new StateDirectory(shared.resolve("state"));
        work = WorkDirectory.open(state, note -> {});
        snapshots = new OverlaySnapshotStore(state);
        busybox = shared.resolve("busybox");
        Path programs = Files.createDirectories(busybox.resolve("bin"));
        Files.copy(program, programs.resolve("busybox"));
        for (String applet :
                output(List.of(program.toString(), "--list"), shared).split("\n")) {
            if (!applet.equals("busybox")) {
                Files.createSymbolicLink(programs.resolve(applet), Path.of("busybox"));
            }
        }
    }

    @AfterAll
    static void close() throws Exception {
        if (work != null) {
            work.close();
        }
    }

    private static String output(List<String> command, Path directory) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    static Stream<String> cases() throws IOException, URISyntaxException {
        try (Stream<Path> directories = Files.list(resources())) {
            return directories.map(path -> path.getFileName().toString()).sorted().toList().stream();
        }
    }

    private static Path resources() throws URISyntaxException {
        return Path.of(Objects.requireNonNull(DockerfileCasesTest.class.getResource("/cases"))
                .toURI());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void buildsWhatBuildKitBuilds(String name) throws Exception {
        Path files = copyOf(resources().resolve(name));
        Files.copy(files.resolve("expected.txt"), directory.resolve("expected.txt"));
        Files.delete(files.resolve("expected.txt"));
        if (Files.exists(files.resolve("setup.sh"))) {
            output(List.of("sh", "setup.sh"), files);
            Files.delete(files.resolve("setup.sh"));
        }
        Snapshot built = build(definition(files));
        List<String> differences = new ArrayList<>();
        int compared = 0;
        try (SnapshotStore.View view = snapshots.view(built, work)) {
            Matcher expected = EXPECTED.matcher(Files.readString(directory.resolve("expected.txt")));
            while (expected.find()) {
                compared++;
                String found = described(view.root().resolve(expected.group(1)));
                if (!found.equals(expected.group(2))) {
                    differences.add(expected.group(1) + ": " + found + " instead of " + expected.group(2));
                }
            }
        }
        assertThat(differences).isEmpty();
        assertThat(compared).isPositive();
    }

    private Path copyOf(Path resources) throws IOException {
        Path copy = directory.resolve("case");
        try (Stream<Path> files = Files.walk(resources)) {
            for (Path file : files.toList()) {
                Path target = copy.resolve(resources.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
        return copy;
    }

    private static Definition definition(Path files) throws IOException {
        Path context = Files.exists(files.resolve("main")) ? files.resolve("main") : files;
        Map<String, String> contexts = new HashMap<>(Map.of("debian:bookworm", busybox.toString()));
        if (Files.exists(files.resolve("named.txt"))) {
            for (String line : Files.readAllLines(files.resolve("named.txt"))) {
                String[] parts = line.split("=", 2);
                contexts.put(parts[0], files.resolve(parts[1]).toString());
            }
        }
        return new Definition(
                "case/1", context.resolve("Dockerfile"), context, Map.of(), contexts, Optional.empty(), List.of());
    }

    private Snapshot build(Definition definition) throws Exception {
        ImageBuilder builder = new ImageBuilder(
                Definitions.in(Files.createDirectories(directory.resolve("os")), Map.of()),
                state,
                work,
                snapshots,
                new BuildOptions(false, false, false, Network.NONE, StepLimits.USUAL),
                Map.of());
        return builder.build(definition, Progress.SILENT, FileSystemListener.NONE);
    }

    /** Type, mode, owner, content. */
    private static String described(Path file) throws IOException {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return "absent";
        }
        FileStatus status = FileStatus.of(file);
        String attributes = "%04o %d:%d".formatted(status.permissions(), status.user(), status.group());
        if (status.isSymbolicLink()) {
            return "link " + attributes + " -> " + Files.readSymbolicLink(file);
        }
        if (status.isDirectory()) {
            return "directory " + attributes;
        }
        if (status.isRegularFile()) {
            return "file " + attributes + " '"
                    + Files.readString(file, StandardCharsets.ISO_8859_1)
                            .replace("\\", "\\\\")
                            .replace("\n", "\\n")
                            .replace("\t", "\\t")
                            .replace("'", "\\'")
                    + "'";
        }
        return "other " + attributes;
    }
}
