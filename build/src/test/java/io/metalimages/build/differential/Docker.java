package io.metalimages.build.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.metalimages.common.linux.Mounts;
import io.metalimages.registry.image.ImageConfiguration;
import io.metalimages.testing.Command;
import io.metalimages.testing.DebianArchive;
import io.metalimages.testing.Host;
import io.metalimages.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.regex.Pattern;

/**
 * Builds cases by Docker: that of a later Debian, unpacked aside and started with a state of its own, as Debian 12's is too old to
 * know all of the language. Skips the test if it can't run here. Thread-safe.
 */
final class Docker implements AutoCloseable {

    /** Where the results that are kept come from. */
    static final String VERSION = "28.";

    private static final String RELEASE = "sid";
    private static final List<String> PACKAGES = List.of("docker.io", "docker-cli", "docker-buildx", "containerd");
    private static final Path UNPACKED = Path.of(System.getProperty("basedir", ""), "target/docker");
    private static final Pattern READY = Pattern.compile("(API listen on)");

    /** BuildKit's {@code dockerfile-frontend} of a later release than Docker's own, which knows the cases in {@link #NEWER}. */
    private static final Optional<Path> FRONTEND = Optional.ofNullable(
                    System.getProperty("metalimages.differential.frontend"))
            .map(Path::of);

    private static final String FRONTEND_IMAGE = "frontend";

    private static final String NEWER = "newer/";

    private final Path directory;
    private final Path programs;
    private final ServerProcess daemon;

    private Docker(Path directory, Path programs, ServerProcess daemon) {
        this.directory = directory;
        this.programs = programs;
        this.daemon = daemon;
    }

    /**
     * Starts Docker.
     *
     * @param directory for its state; its path has to be short, as there are sockets in it
     */
    static Docker start(Path directory) throws IOException, InterruptedException {
        Host.assumeRoot("start Docker");
        Host.assumeInstalled("runc", "runc");
        Path programs = DebianArchive.unpack(RELEASE, PACKAGES, UNPACKED, "what Docker makes")
                .toAbsolutePath();
        Path plugins = Files.createDirectories(directory.resolve("cli/cli-plugins"));
        Files.createSymbolicLink(
                plugins.resolve("docker-buildx"), programs.resolve("usr/libexec/docker/cli-plugins/docker-buildx"));
        Files.writeString(directory.resolve("daemon.json"), "{}");
        ServerProcess daemon;
        try {
            daemon = ServerProcess.start(
                    List.of(
                            "env",
                            "PATH=" + programs.resolve("usr/bin") + ":" + programs.resolve("usr/sbin") + ":"
                                    + System.getenv("PATH"),
                            programs.resolve("usr/sbin/dockerd").toString(),
                            "--iptables=false",
                            "--ip6tables=false",
                            "--bridge=none",
                            "--config-file=" + directory.resolve("daemon.json"),
                            "--host=unix://" + directory.resolve("docker.sock"),
                            "--data-root=" + directory.resolve("data"),
                            "--exec-root=" + directory.resolve("run"),
                            "--pidfile=" + directory.resolve("docker.pid")),
                    directory.resolve("dockerd.log"),
                    READY);
        } catch (IOException e) {
            assumeTrue(
                    false, "Docker does not start on this machine, so nothing is compared with it: " + e.getMessage());
            throw e;
        }
        Docker docker = new Docker(directory, programs, daemon);
        String version =
                docker.succeed("version", "--format", "{{.Server.Version}}").strip();
        if (!version.startsWith(VERSION)) {
            docker.close();
            assumeTrue(
                    false,
                    "the archive has Docker " + version + ", and the results that are kept are those of " + VERSION
                            + "x: not compared");
        }
        if (FRONTEND.isPresent()) {
            docker.makeFrontend(FRONTEND.get());
        }
        return docker;
    }

    private void makeFrontend(Path program) throws IOException, InterruptedException {
        Path context = Files.createDirectories(directory.resolve(FRONTEND_IMAGE));
        Files.copy(program, context.resolve("program"));
        Files.writeString(context.resolve(Case.DOCKERFILE), """
                FROM scratch
                COPY --chmod=755 program /program
                LABEL moby.buildkit.frontend.network.none=true
                LABEL moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.contexts"
                ENTRYPOINT ["/program"]
                """);
        succeed("build", "--tag", FRONTEND_IMAGE, context.toString());
    }

    /** Whether a case is one that Docker's own front end does not know. */
    static boolean isNewer(Case wanted) {
        return wanted.name().startsWith(NEWER);
    }

    /** Whether there is another front end for such cases. */
    static boolean knowsNewer() {
        return FRONTEND.isPresent();
    }

    private Command.Outcome run(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                programs.resolve("usr/bin/docker").toString(),
                "--config",
                directory.resolve("cli").toString(),
                "--host",
                "unix://" + directory.resolve("docker.sock")));
        command.addAll(arguments);
        return Command.run(Map.of("BUILDKIT_PROGRESS", "plain"), command);
    }

    private String succeed(String... arguments) throws IOException, InterruptedException {
        Command.Outcome outcome = run(List.of(arguments));
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        return outcome.output();
    }

    /** What comes of the case in this context, or {@link Engine#FAILED} and why. */
    List<String> build(Case wanted, Path context, Path base, SortedMap<String, String> baseTree)
            throws IOException, InterruptedException {
        Path identifier = Files.createTempFile(directory, "image", "");
        List<String> arguments =
                new ArrayList<>(List.of("build", "--network", "none", "--iidfile", identifier.toString()));
        if (isNewer(wanted)) {
            arguments.addAll(List.of("--build-arg", "BUILDKIT_SYNTAX=" + FRONTEND_IMAGE));
        }
        wanted.arguments().forEach((name, value) -> arguments.addAll(List.of("--build-arg", name + "=" + value)));
        wanted.directories(context, base)
                .forEach((name, path) -> arguments.addAll(List.of("--build-context", name + "=" + path)));
        wanted.target().ifPresent(stage -> arguments.addAll(List.of("--target", stage)));
        arguments.add(context.toString());
        Command.Outcome outcome = run(arguments);
        if (outcome.exitCode() != 0) {
            String error = outcome.lines().stream()
                    .filter(line -> line.startsWith("ERROR: failed"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(outcome.output()));
            return List.of(Engine.FAILED, error);
        }
        String image = Files.readString(identifier);
        Path configuration = directory
                .resolve("data/image/overlay2/imagedb/content/sha256")
                .resolve(image.substring(image.indexOf(':') + 1));
        return listing(
                layers(image), ImageConfiguration.read(Files.readAllBytes(configuration), wanted.name()), baseTree);
    }

    /** From the lowest up. */
    private List<Path> layers(String image) throws IOException, InterruptedException {
        String format = "{{with .GraphDriver.Data}}{{.UpperDir}}:{{with .LowerDir}}{{.}}{{end}}{{end}}";
        List<Path> layers = new ArrayList<>();
        for (String path :
                succeed("image", "inspect", "--format", format, image).strip().split(":", -1)) {
            if (path.startsWith("/")) {
                layers.add(Path.of(path));
            }
        }
        Collections.reverse(layers);
        return layers;
    }

    private List<String> listing(
            List<Path> layers, ImageConfiguration configuration, SortedMap<String, String> baseTree)
            throws IOException {
        if (layers.isEmpty()) {
            Path empty = Files.createDirectories(directory.resolve("empty"));
            return Listing.of(empty, configuration, baseTree);
        }
        if (layers.size() == 1) {
            return Listing.of(layers.getFirst(), configuration, baseTree);
        }
        Path root = Files.createTempDirectory(directory, "root");
        Mounts.overlayReadOnly(layers, root);
        try {
            return Listing.of(root, configuration, baseTree);
        } finally {
            Mounts.unmount(root);
        }
    }

    @Override
    public void close() throws IOException {
        daemon.close();
        Mounts.unmountBelow(directory);
    }
}
