package io.metalimages.rack.sandbox;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The fabric's root file system, as it is seen in a sandbox: read-only, with a directory that it shares with this
 * process at {@code /fabric}. Programs in it run as root, see rack/fabric/Dockerfile.
 */
public final class FabricRoot {

    /** Lines of shell that make a router of a network namespace. */
    public static final String FORWARDING = """
            sysctl --quiet --write net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
                net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
                net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_ra=0 \
                net.ipv4.fib_multipath_hash_policy=1 net.ipv6.fib_multipath_hash_policy=1
            ip link set lo up
            """;

    private static final String PREPARE = """
            set -e
            mount -t tmpfs -o mode=0755 tmpfs "$1/run"
            mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
            mount --rbind /proc "$1/proc"
            mount --rbind /dev "$1/dev"
            mount --bind "$2" "$1/fabric"
            # Where ip(8) looks for namespaces.
            mkdir "$1/run/netns"
            mount --rbind "$3" "$1/run/netns"
            """;

    /** Leaves of the namespaces in /run/netns those that are named, and goes on as the program behind {@code --}. */
    private static final String SHOW_NAMESPACES = """
            # What is mounted there is seen by all programs otherwise.
            mount --make-rprivate /run/netns
            mount -t tmpfs tmpfs /tmp
            while [ "$1" != -- ]; do
                touch "/tmp/$1"
                mount --bind "/run/netns/$1" "/tmp/$1"
                shift
            done
            shift
            mount --rbind /tmp /run/netns
            exec "$@"
            """;

    private static final String SEARCH_PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";

    private final NetworkSandbox sandbox;
    private final Path root;
    private final Path shared;

    private FabricRoot(NetworkSandbox sandbox, Path root, Path shared) {
        this.sandbox = sandbox;
        this.root = root;
        this.shared = shared;
    }

    /**
     * Shows a root file system in a sandbox.
     *
     * @param root was there, or mounted, before the sandbox was opened
     */
    public static FabricRoot in(NetworkSandbox sandbox, Path root, WorkDirectory work)
            throws IOException, InterruptedException {
        Path shared = work.newDirectory("fabric");
        sandbox.run(
                sandbox.rack(),
                "sh",
                "-c",
                PREPARE,
                "sh",
                root.toString(),
                shared.toString(),
                sandbox.inside().toString());
        return new FabricRoot(sandbox, root, shared);
    }

    /** What programs see as {@code /fabric}. */
    public Path shared() {
        return shared;
    }

    /** A command line, for {@link NetworkSandbox#start}, that runs {@code command} in this root file system. */
    public List<String> command(List<String> command) {
        List<String> whole = new ArrayList<>(List.of("chroot", root.toString(), "env", SEARCH_PATH));
        whole.addAll(command);
        return List.copyOf(whole);
    }

    /** Runs a program to its end, see {@link NetworkSandbox#run}. */
    public String run(NetworkNamespace namespace, String... command) throws IOException, InterruptedException {
        return sandbox.run(namespace, command(List.of(command)));
    }

    /**
     * Runs lines of shell, the first that fails being the last; the fault names it.
     *
     * @param arguments what the lines know as {@code $1} and so on
     */
    public void script(NetworkNamespace namespace, String lines, String... arguments)
            throws IOException, InterruptedException {
        List<String> shell = new ArrayList<>(List.of("sh", "-euxc", lines, "sh"));
        shell.addAll(List.of(arguments));
        sandbox.run(namespace, command(shell));
    }

    /** Writes a configuration file into the directory {@code place} of {@code /fabric}. */
    public void configure(String place, String file, String content) throws IOException {
        Files.writeString(Files.createDirectories(shared.resolve(place)).resolve(file), content);
    }

    /**
     * Starts a program that goes on by itself, and waits until it is ready. What it writes goes to {@code NAME.log} in
     * the directory {@code place} of {@code /fabric}.
     *
     * @param ready a file in that directory, which the program makes when it is ready
     * @throws FaultException if it ends before that; has the end of its log
     */
    public void serve(NetworkNamespace namespace, String place, String ready, List<String> command)
            throws IOException, InterruptedException {
        serve(namespace, List.of(), place, ready, command);
    }

    /** Like {@link #serve(NetworkNamespace, String, String, List)}; the program finds the namespaces {@code known}, and no other. */
    public void serve(
            NetworkNamespace namespace, List<NetworkNamespace> known, String place, String ready, List<String> command)
            throws IOException, InterruptedException {
        Path directory = shared.resolve(place);
        Path log = directory.resolve(Path.of(command.getFirst()).getFileName() + ".log");
        List<String> whole = new ArrayList<>();
        if (!known.isEmpty()) {
            whole.addAll(
                    List.of("unshare", "--mount", "--propagation", "unchanged", "sh", "-euc", SHOW_NAMESPACES, "sh"));
            known.forEach(shown -> whole.add(shown.name()));
            whole.add("--");
        }
        whole.addAll(command);
        Process process = sandbox.start(
                namespace,
                new ProcessBuilder(command(whole))
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile()));
        while (!Files.exists(directory.resolve(ready))) {
            if (!process.isAlive()) {
                List<String> lines = Files.readAllLines(log);
                throw FaultException.failed(
                        command.getFirst() + " ended with exit status " + process.exitValue()
                                + " in the network namespace "
                                + namespace.name() + " before it was ready. The end of what it wrote:\n"
                                + String.join("\n", lines.subList(Math.max(0, lines.size() - 10), lines.size())),
                        null);
            }
            Thread.sleep(10);
        }
    }
}
