package io.metalimages.engine;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.metalimages.engine.exec.Network;
import io.metalimages.engine.files.PathFilter;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A root file system with nothing but busybox, and short ways to describe operations on it. */
final class Busybox {

    private final Path directory;

    /** Prepares the files below {@code directory}. */
    Busybox(Path directory) throws IOException {
        assumeTrue(
                Files.isWritable(Path.of("/proc/self/oom_score_adj")) && Host.isRoot(),
                "containers are run as root only");
        this.directory = Files.createDirectories(directory.resolve("busybox"));
        Path programs = Files.createDirectories(this.directory.resolve("bin"));
        Files.copy(Host.busybox(), programs.resolve("busybox"));
        Files.createSymbolicLink(programs.resolve("sh"), Path.of("busybox"));
        Files.createDirectories(this.directory.resolve("etc"));
        Files.writeString(this.directory.resolve("etc/passwd"), "root:x:0:0::/:/bin/sh\nfrr:x:101:102::/:/bin/sh\n");
        Files.writeString(this.directory.resolve("etc/group"), "root:x:0:\nfrr:x:102:\nvty:x:103:frr\n");
    }

    static Operation.Label label(String name) {
        return new Operation.Label(name, "Dockerfile:1", name);
    }

    Operation root() {
        return copy(new Operation.Scratch(label("scratch")), directory, List.of("."), "/");
    }

    static Operation.Copy copy(Operation input, Path context, List<String> sources, String destination) {
        return Operation.Copy.of(
                label("COPY " + String.join(" ", sources)),
                input,
                new Operation.FileSource.Directory("the build context", context, PathFilter.ALL, false),
                sources,
                destination,
                "");
    }

    static Operation.Copy copyFrom(Operation input, Operation from, String source, String destination) {
        return Operation.Copy.of(
                label("COPY --from " + source),
                input,
                new Operation.FileSource.OfOperation(from),
                List.of(source),
                destination,
                "");
    }

    /** Runs a script; busybox's shell finds busybox's programs without links to them. */
    static Operation.Run run(Operation input, String script, Operation.Mount... mounts) {
        return run(input, script, "", Network.NONE, mounts);
    }

    static Operation.Run run(Operation input, String script, String user, Network network, Operation.Mount... mounts) {
        return new Operation.Run(
                label("RUN " + script),
                input,
                List.of("/bin/sh", "-c", "set -e; " + script),
                Map.of("PATH", "/bin", "GREETING", "good day"),
                "/",
                user,
                network,
                List.of(mounts));
    }
}
