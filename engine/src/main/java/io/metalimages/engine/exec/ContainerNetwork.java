package io.metalimages.engine.exec;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.Mounts;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The network of one container as long as it runs, with the files that name its servers and hosts. Nothing of it is left
 * after {@link #close}.
 */
final class ContainerNetwork implements AutoCloseable {

    /** Where a container gets files of its own for its network. */
    static final List<String> TARGETS = List.of("/etc/resolv.conf", "/etc/hosts");

    private static final Path RESOLVER = Path.of("/etc/resolv.conf");
    private static final int LONGEST_START_SECONDS = 20;
    private static final int LONGEST_END_SECONDS = 2;

    private final Map<String, String> namespace;
    private final List<OciRuntime.BindMount> files;
    private final Optional<Carried> carried;

    private ContainerNetwork(
            Map<String, String> namespace, List<OciRuntime.BindMount> files, Optional<Carried> carried) {
        this.namespace = namespace;
        this.files = files;
        this.carried = carried;
    }

    /** A namespace that outlives the programs in it, and the program that serves it. */
    private record Carried(Path namespace, Process process, NetworkCarrier carrier) {}

    /**
     * Sets up a network.
     *
     * @throws FaultException if there is no program on this machine that can give a container a network of its own
     */
    static ContainerNetwork open(Network network, WorkDirectory work) throws IOException, InterruptedException {
        return open(network, work, List.of(NetworkCarrier.values()));
    }

    /** The first of {@code carriers} that works is taken. */
    static ContainerNetwork open(Network network, WorkDirectory work, List<NetworkCarrier> carriers)
            throws IOException, InterruptedException {
        return switch (network) {
            case HOST -> new ContainerNetwork(Map.of(), files(hostResolver(), work), Optional.empty());
            case NONE -> new ContainerNetwork(Map.of("type", "network"), files("", work), Optional.empty());
            case OUTGOING -> {
                Carried carried = carried(work, carriers);
                try {
                    yield new ContainerNetwork(
                            Map.of(
                                    "type",
                                    "network",
                                    "path",
                                    carried.namespace().toString()),
                            files(resolver(carried.carrier()), work),
                            Optional.of(carried));
                } catch (IOException e) {
                    end(carried);
                    throw e;
                }
            }
        };
    }

    private static List<OciRuntime.BindMount> files(String resolver, WorkDirectory work) throws IOException {
        Path directory = work.newDirectory("network");
        return List.of(
                OciRuntime.BindMount.of(
                        Files.writeString(directory.resolve("resolv.conf"), resolver), TARGETS.get(0), false),
                OciRuntime.BindMount.of(
                        Files.writeString(directory.resolve("hosts"), "127.0.0.1 localhost build\n::1 localhost\n"),
                        TARGETS.get(1),
                        false));
    }

    private static String hostResolver() throws IOException {
        return Files.exists(RESOLVER) ? Files.readString(RESOLVER) : "";
    }

    /** This machine's search list and options, with the carrier in the place of the name servers. */
    private static String resolver(NetworkCarrier carrier) throws IOException {
        StringBuilder resolver = new StringBuilder("nameserver " + carrier.nameServer() + "\n");
        hostResolver()
                .lines()
                .filter(line -> line.matches("(search|domain|options)\\s.*"))
                .forEach(line -> resolver.append(line).append('\n'));
        return resolver.toString();
    }

    private static Carried carried(WorkDirectory work, List<NetworkCarrier> carriers)
            throws IOException, InterruptedException {
        List<String> refusals = new ArrayList<>();
        for (NetworkCarrier carrier : carriers) {
            if (isInstalled(carrier.program())) {
                Path scratch = work.newDirectory("namespace");
                Path namespace = newNamespace(scratch, work);
                Carried started = null;
                try {
                    started = start(carrier, namespace, scratch, work);
                    if (awaitInterface(started.process())) {
                        return started;
                    }
                    refusals.add(carrier.program() + ": " + lastLine(scratch.resolve("log")));
                } catch (InterruptedException e) {
                    endAll(started, namespace);
                    throw e;
                }
                endAll(started, namespace);
            } else {
                refusals.add(carrier.program() + ": not installed");
            }
        }
        throw FaultException.missing(
                "No program on this machine gives a step a network of its own. " + String.join("; ", refusals) + ".",
                "Install one: apt-get install slirp4netns. Or choose another network: --network none, or --network host,"
                        + " which shows steps what listens on this machine's loopback addresses.");
    }

    private static boolean isInstalled(String program) {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(":")) {
            if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return false;
    }

    private static Path newNamespace(Path scratch, WorkDirectory work) throws IOException, InterruptedException {
        Path namespace = Files.createFile(scratch.resolve("network"));
        List<String> output = new ArrayList<>();
        if (work.launcher().run(List.of("unshare", "--net=" + namespace, "true"), Map.of(), output::add) != 0) {
            throw FaultException.missing(
                    "This machine does not let a step have a network namespace: " + String.join(" ", output),
                    "Allow it, or choose --network host.");
        }
        return namespace;
    }

    private static Carried start(NetworkCarrier carrier, Path namespace, Path scratch, WorkDirectory work)
            throws IOException {
        Process process = work.launcher()
                .start(new ProcessBuilder(carrier.command(namespace, scratch))
                        .redirectError(scratch.resolve("log").toFile()));
        return new Carried(namespace, process, carrier);
    }

    private static boolean awaitInterface(Process process) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        while (process.getInputStream().available() == 0) {
            if (!process.isAlive() || System.nanoTime() - begun > TimeUnit.SECONDS.toNanos(LONGEST_START_SECONDS)) {
                return false;
            }
            Thread.sleep(1);
        }
        return true;
    }

    private static String lastLine(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log).stream()
                .filter(line -> !line.isBlank() && !line.contains("to syslog"))
                .toList();
        return lines.isEmpty() ? "ended without a word" : lines.getLast().strip();
    }

    /** The entry among {@code linux.namespaces} of the runtime specification; empty: this machine's network. */
    Map<String, String> namespace() {
        return namespace;
    }

    List<OciRuntime.BindMount> files() {
        return files;
    }

    @Override
    public void close() throws IOException {
        if (carried.isPresent()) {
            end(carried.get());
        }
    }

    private static void end(Carried carried) throws IOException {
        endAll(carried, carried.namespace());
    }

    private static void endAll(@Nullable Carried started, Path namespace) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            if (started != null) {
                Process process = started.process();
                process.getOutputStream().close();
                if (!process.waitFor(LONGEST_END_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            }
        } catch (InterruptedException e) {
            interrupted = true;
            started.process().destroyForcibly();
        } finally {
            Mounts.unmount(namespace);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
