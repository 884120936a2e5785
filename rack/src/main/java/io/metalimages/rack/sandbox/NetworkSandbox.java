package io.metalimages.rack.sandbox;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.NetworkNamespaces;
import io.metalimages.engine.work.WorkDirectory;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;

/**
 * Network, process and mount namespaces that end with this process, and everything in them: programs, network devices,
 * mounts.
 *
 * <p>What holds them is one process, the first of its process namespace, which reads from a pipe that this process holds
 * the other end of. However this process ends, the pipe closes, the first process ends, and the kernel kills all others
 * and then takes away what nobody uses any more. Programs see the files of this machine, and mounts that existed when the
 * sandbox was opened. Thread-safe.
 */
public final class NetworkSandbox implements AutoCloseable {

    private static final String READY = "ready";

    /** The directory with the namespaces' files is a file system of the sandbox, so they too vanish with it. It is
     * shared for other places in the sandbox to show the namespaces that come later, too. */
    private static final String FIRST_PROCESS = """
            set -e
            mount -t tmpfs -o mode=0755 tmpfs "$1"
            mount --make-shared "$1"
            touch "$1/rack"
            mount --bind /proc/self/ns/net "$1/rack"
            echo ready
            exec cat > /dev/null
            """;

    private static final String ADD_NAMESPACE = """
            set -e
            touch "$1"
            unshare --net="$1" true
            """;

    private final WorkDirectory work;
    private final Process holder;
    private final long firstProcess;
    private final Path directory;
    private final NetworkNamespace rack;

    /** Those of the programs that run. */
    private final Set<Process> entrances = ConcurrentHashMap.newKeySet();

    private NetworkSandbox(WorkDirectory work, Process holder, long firstProcess, Path directory) {
        this.work = work;
        this.holder = holder;
        this.firstProcess = firstProcess;
        this.directory = directory;
        this.rack = namespace("rack");
    }

    /**
     * Opens a sandbox with one network namespace, in which there is no device but a loopback device that is down.
     *
     * @throws FaultException if the system does not let this user have namespaces
     */
    public static NetworkSandbox open(WorkDirectory work) throws IOException, InterruptedException {
        Path directory = work.newDirectory("namespaces");
        Process holder = work.launcher()
                .start(new ProcessBuilder(
                                // Away from the terminal, whose Ctrl-C is for this process to handle.
                                "setsid",
                                "unshare",
                                "--net",
                                "--pid",
                                "--mount",
                                "--fork",
                                "--kill-child",
                                "--mount-proc",
                                "sh",
                                "-c",
                                FIRST_PROCESS,
                                "sh",
                                directory.toString())
                        .redirectErrorStream(true));
        String said = holder.inputReader(StandardCharsets.UTF_8).readLine();
        if (!READY.equals(said)) {
            holder.getOutputStream().close();
            String rest = String.join(" ", holder.inputReader().readAllLines());
            holder.waitFor();
            throw FaultException.missing(
                    "Namespaces for the rack's network could not be had: "
                            + (said == null ? "unshare failed" : said + " " + rest).strip(),
                    "Run as root, in a container with --privileged, or allow user namespaces.");
        }
        long firstProcess = holder.children()
                .findFirst()
                .orElseThrow(() -> new IOException("The sandbox's first process has ended."))
                .pid();
        return new NetworkSandbox(work, holder, firstProcess, directory);
    }

    private NetworkNamespace namespace(String name) {
        return new NetworkNamespace(
                name, Path.of("/proc", Long.toString(firstProcess), "root" + inside().resolve(name)));
    }

    /** The directory of the namespaces' files, as programs in the sandbox see it. */
    Path inside() {
        return directory;
    }

    /** The network namespace that the sandbox began with. */
    public NetworkNamespace rack() {
        return rack;
    }

    /**
     * Adds a network namespace, in which there is no device but a loopback device that is down.
     *
     * @param name a word, new in this sandbox
     */
    public NetworkNamespace add(String name) throws IOException, InterruptedException {
        run(rack, "sh", "-c", ADD_NAMESPACE, "sh", inside().resolve(name).toString());
        return namespace(name);
    }

    /**
     * A command line that runs {@code command} in the sandbox: for showing it to a person, or for {@code
     * ProcessLauncher.runOnTerminal}.
     *
     * @param command runs in the directory {@code /}, so paths in it have to be absolute
     */
    public List<String> command(NetworkNamespace namespace, List<String> command) {
        List<String> whole = new ArrayList<>(List.of(
                "nsenter", "--target", Long.toString(firstProcess), "--mount", "--pid", "--net=" + namespace.file()));
        whole.add("--");
        whole.addAll(command);
        return List.copyOf(whole);
    }

    /**
     * Starts a program in the sandbox. The signals that the returned process sends reach it, and {@code waitFor} returns
     * when it has ended.
     *
     * @param builder its command runs in the directory {@code /}, so paths in it have to be absolute
     */
    public Process start(NetworkNamespace namespace, ProcessBuilder builder) throws IOException {
        List<String> command = builder.command();
        List<String> detached = new ArrayList<>(List.of("setsid"));
        detached.addAll(command(namespace, command));
        builder.command(detached);
        try {
            Process entrance = work.launcher().start(builder);
            entrances.removeIf(earlier -> !earlier.isAlive());
            entrances.add(entrance);
            return new SandboxedProcess(entrance);
        } finally {
            builder.command(command);
        }
    }

    /**
     * Runs a program to its end.
     *
     * @return what it wrote on its standard output
     * @throws FaultException if its exit status is not 0; has what it wrote on its standard error
     * @throws InterruptedException if this thread was interrupted; the program was ended first
     */
    public String run(NetworkNamespace namespace, String... command) throws IOException, InterruptedException {
        return run(namespace, List.of(command));
    }

    /** Like {@link #run(NetworkNamespace, String...)}. */
    public String run(NetworkNamespace namespace, List<String> command) throws IOException, InterruptedException {
        Process process = start(
                namespace,
                new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null"))));
        FutureTask<String> errors = text(process.errorReader(StandardCharsets.UTF_8));
        FutureTask<String> output = text(process.inputReader(StandardCharsets.UTF_8));
        try {
            int status = process.waitFor();
            String text = output.get();
            if (status != 0) {
                throw FaultException.failed(
                        displayed(command) + " failed with exit status " + status + " in the network namespace "
                                + namespace.name() + ": " + errors.get().strip() + text.strip(),
                        null);
            }
            return text;
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw e;
        } catch (ExecutionException e) {
            throw new IOException("The output of " + command.getFirst() + " could not be read.", e.getCause());
        }
    }

    private static String displayed(List<String> command) {
        return command.stream().map(word -> word.contains("\n") ? "…" : word).collect(Collectors.joining(" "));
    }

    private static FutureTask<String> text(BufferedReader reader) {
        FutureTask<String> text = new FutureTask<>(() -> {
            try (reader) {
                return reader.readAllAsString();
            }
        });
        Thread.ofPlatform().daemon().name("output of a program").start(text);
        return text;
    }

    /** Something to be done in a network namespace, such as opening a socket. */
    @FunctionalInterface
    public interface Opening<T> {
        T open() throws IOException;
    }

    /**
     * Calls {@code opening} on a thread inside a network namespace: the sockets that it makes belong to that namespace, on
     * whichever thread they are used later. It must start no thread and no program, as those would begin in the namespace;
     * an {@code HttpServer} is created in here, and started outside.
     *
     * <p>A socket keeps its network namespace alive, so it has to be closed along with the sandbox.
     */
    public <T> T inNamespace(NetworkNamespace namespace, Opening<T> opening) throws IOException, InterruptedException {
        FutureTask<T> task = new FutureTask<>(() -> {
            NetworkNamespaces.enter(namespace.file());
            return opening.open();
        });
        Thread.ofPlatform().name("in network namespace " + namespace.name()).start(task);
        try {
            return task.get();
        } catch (InterruptedException e) {
            task.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new AssertionError("an opening throws nothing else", e);
            }
        }
    }

    /** Ends everything in the sandbox. Returns when the last program in it has ended. */
    @Override
    public void close() {
        try {
            holder.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException("The pipe that holds the sandbox could not be closed.", e);
        }
        // One that was stopped along with its program would never notice that this is dead, nor let the kernel forget
        // it.
        entrances.forEach(Process::destroyForcibly);
        boolean interrupted = awaitUninterruptibly(holder);
        for (Process entrance : entrances) {
            interrupted |= awaitUninterruptibly(entrance);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for the process. Returns whether this thread was interrupted meanwhile. */
    private static boolean awaitUninterruptibly(Process process) {
        boolean interrupted = false;
        while (true) {
            try {
                process.waitFor();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }
}
