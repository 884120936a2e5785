package io.metalimages.engine.exec;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.UserNamespace;
import io.metalimages.engine.files.Accounts;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.Console;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs containers through runc or crun. A container has mount, PID, IPC, UTS and cgroup namespaces of its own, the container
 * engines' default capabilities and system calls, and the network that it names. Thread-safe.
 *
 * <p>See the OCI runtime specification 1.0 for the form of {@code config.json}.
 */
public final class OciRuntime {

    private static final List<String> CANDIDATES = List.of("runc", "crun");
    private static final JsonMapper JSON = new JsonMapper();

    /** What Docker, containerd and podman grant unless told otherwise. */
    private static final Set<String> CAPABILITIES = Set.of(
            "CAP_AUDIT_WRITE",
            "CAP_CHOWN",
            "CAP_DAC_OVERRIDE",
            "CAP_FOWNER",
            "CAP_FSETID",
            "CAP_KILL",
            "CAP_MKNOD",
            "CAP_NET_BIND_SERVICE",
            "CAP_NET_RAW",
            "CAP_SETFCAP",
            "CAP_SETGID",
            "CAP_SETPCAP",
            "CAP_SETUID",
            "CAP_SYS_CHROOT");

    private static final List<String> MASKED = List.of(
            "/proc/acpi",
            "/proc/asound",
            "/proc/kcore",
            "/proc/keys",
            "/proc/latency_stats",
            "/proc/timer_list",
            "/proc/timer_stats",
            "/proc/sched_debug",
            "/proc/scsi",
            "/sys/firmware",
            "/sys/devices/virtual/powercap");

    private static final List<String> READ_ONLY =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

    /** Where every container has file systems of the kernel's, and files of its network. */
    public static final List<String> OWN_TARGETS = Stream.concat(
                    Stream.of("/dev", "/proc", "/sys"), ContainerNetwork.TARGETS.stream())
            .toList();

    /** The status of a container that was ended because its time was over. */
    public static final int LATE = -1;

    /** Of files opened at once: what programs expect, and what they may raise it to. */
    private static final long USUAL_FILES = 1024;

    private static final long MOST_FILES = 524_288;

    /** Counted for the process, as several builds may share a work directory. */
    private static final AtomicInteger CONTAINERS = new AtomicInteger();

    private final String program;
    private final WorkDirectory work;

    private OciRuntime(String program, WorkDirectory work) {
        this.program = program;
        this.work = work;
    }

    /**
     * A process to run, and what it sees.
     *
     * @param root the root file system, which is written to
     * @param workingDirectory absolute, exists
     */
    public record Container(
            Path root,
            List<String> arguments,
            Map<String, String> environment,
            String workingDirectory,
            Accounts.Ids user,
            Network network,
            List<BindMount> mounts) {}

    /** A mount of a container: a file or directory of this machine, or with {@code tmpfs} options, memory. */
    public record BindMount(Path source, String target, boolean readOnly, String tmpfsOptions) {
        public static BindMount of(Path source, String target, boolean readOnly) {
            return new BindMount(source, target, readOnly, "");
        }

        public static BindMount memory(String target, String options) {
            return new BindMount(Path.of("tmpfs"), target, false, options);
        }
    }

    /**
     * The first runtime that really runs a container on this machine: to have one installed is not enough, as not each
     * release copes with each arrangement of control groups.
     *
     * @throws FaultException if there is none
     */
    public static OciRuntime find(WorkDirectory work) throws IOException, InterruptedException {
        List<String> refusals = new ArrayList<>();
        for (String candidate : CANDIDATES) {
            OciRuntime runtime = new OciRuntime(candidate, work);
            List<String> output = new ArrayList<>();
            try {
                if (runtime.run(runtime.probe(), StepLimits.USUAL, output::add) == 0) {
                    return runtime;
                }
                refusals.add(candidate + ": " + String.join(" ", output));
            } catch (IOException e) {
                refusals.add(candidate + ": " + e.getMessage());
            }
        }
        throw FaultException.missing(
                "No OCI runtime on this machine runs a container. " + String.join("; ", refusals),
                "Install one: apt-get install runc");
    }

    /** {@code true} of this machine, seen through read-only mounts in an otherwise empty root. */
    private Container probe() throws IOException {
        Path root = work.newDirectory("probe");
        List<BindMount> mounts = new ArrayList<>();
        for (String directory : List.of("usr", "bin", "lib", "lib64")) {
            Path ours = Path.of("/", directory);
            if (Files.isSymbolicLink(ours)) {
                Files.createSymbolicLink(root.resolve(directory), Files.readSymbolicLink(ours));
            } else if (Files.isDirectory(ours)) {
                mounts.add(BindMount.of(ours, ours.toString(), true));
            }
        }
        return new Container(root, List.of("/bin/true"), Map.of(), "/", Accounts.Ids.ROOT, Network.HOST, mounts);
    }

    /**
     * Runs a container to its end.
     *
     * @param output takes what it writes, line by line
     * @return the exit status of its process, 128 and more if a signal ended it, {@link #LATE} if its time was over
     */
    public int run(Container container, StepLimits limits, Consumer<String> output)
            throws IOException, InterruptedException {
        String id = id();
        Path root = runtimeRoot();
        AtomicBoolean late = new AtomicBoolean();
        Thread clock = Thread.ofVirtual().unstarted(() -> endLate(root, id, limits.time(), late));
        try (ContainerNetwork network = ContainerNetwork.open(container.network(), work)) {
            Path bundle = bundle(container, limits, network, false);
            clock.start();
            List<String> command =
                    List.of(program, "--root", root.toString(), "run", "--bundle", bundle.toString(), id);
            int status = work.launcher()
                    .run(command, Map.of(), output, () -> WorkDirectory.deleteContainer(program, root, id));
            return late.get() ? LATE : status;
        } finally {
            clock.interrupt();
            if (Files.exists(root.resolve(id))) {
                WorkDirectory.deleteContainer(program, root, id);
            }
        }
    }

    /** Runs a container on this process's terminal, and returns the exit status of its process. */
    public int runOnTerminal(Container container) throws IOException, InterruptedException {
        boolean terminal = Optional.ofNullable(System.console())
                .filter(Console::isTerminal)
                .isPresent();
        String id = id();
        Path root = runtimeRoot();
        try (ContainerNetwork network = ContainerNetwork.open(container.network(), work)) {
            Path bundle = bundle(container, StepLimits.USUAL, network, terminal);
            return work.launcher()
                    .runOnTerminal(
                            List.of(program, "--root", root.toString(), "run", "--bundle", bundle.toString(), id));
        } finally {
            if (Files.exists(root.resolve(id))) {
                WorkDirectory.deleteContainer(program, root, id);
            }
        }
    }

    private Path runtimeRoot() throws IOException {
        return Files.createDirectories(work.containers().resolve(program));
    }

    private String id() {
        return "metal-images-" + work.path().getFileName() + "-" + CONTAINERS.incrementAndGet();
    }

    /** What the container is started with stands in it, build arguments included, so nobody else may read it. */
    private Path bundle(Container container, StepLimits limits, ContainerNetwork network, boolean terminal)
            throws IOException {
        Path bundle = work.newDirectory("bundle");
        Path file = Files.createFile(bundle.resolve("config.json"), StateDirectory.PRIVATE_FILE);
        Files.writeString(file, JSON.writeValueAsString(specification(container, limits, network, terminal)));
        return bundle;
    }

    private static Map<String, Object> specification(
            Container container, StepLimits limits, ContainerNetwork network, boolean terminal) {
        boolean root = container.user().user() == 0;
        List<String> granted = CAPABILITIES.stream().sorted().toList();
        List<String> effective = root ? granted : List.of();
        Map<String, Object> user = new LinkedHashMap<>();
        user.put("uid", container.user().user());
        user.put("gid", container.user().group());
        user.put(
                "additionalGids",
                Stream.concat(Stream.of(container.user().group()), container.user().additionalGroups().stream())
                        .distinct()
                        .toList());
        Map<String, Object> process = new LinkedHashMap<>();
        process.put("terminal", terminal);
        process.put("user", user);
        process.put("args", container.arguments());
        process.put(
                "env",
                container.environment().entrySet().stream()
                        .map(variable -> variable.getKey() + "=" + variable.getValue())
                        .sorted()
                        .toList());
        process.put("cwd", container.workingDirectory());
        process.put(
                "capabilities",
                Map.of("bounding", granted, "effective", effective, "permitted", effective, "inheritable", List.of()));
        process.put("noNewPrivileges", false);

        List<Map<String, String>> namespaces = new ArrayList<>();
        for (String type : List.of("pid", "ipc", "uts", "mount", "cgroup")) {
            namespaces.add(Map.of("type", type));
        }
        if (!network.namespace().isEmpty()) {
            namespaces.add(network.namespace());
        }
        Map<String, Object> linux = new LinkedHashMap<>();
        linux.put("namespaces", namespaces);
        // Control groups belong to root; for others the kernel counts a user's processes.
        if (UserNamespace.isInitial()) {
            process.put("rlimits", List.of(files()));
            linux.put("resources", resources(limits));
        } else {
            if (limits.memory().isPresent()) {
                throw FaultException.missing(
                        "Only root can limit the memory of a step, by control groups.",
                        "Build as root, or leave --step-memory out.");
            }
            process.put("rlimits", List.of(limit("RLIMIT_NPROC", limits.processes(), limits.processes())));
        }
        linux.put("maskedPaths", MASKED);
        linux.put("readonlyPaths", READ_ONLY);
        linux.put("seccomp", SeccompProfile.specification());

        Map<String, Object> specification = new LinkedHashMap<>();
        specification.put("ociVersion", "1.0.2");
        specification.put("process", process);
        specification.put("root", Map.of("path", container.root().toString(), "readonly", false));
        specification.put("hostname", "build");
        specification.put(
                "mounts",
                mounts(Stream.concat(network.files().stream(), container.mounts().stream())
                        .toList()));
        specification.put("linux", linux);
        return specification;
    }

    private static Map<String, Object> limit(String type, long soft, long hard) {
        return Map.of("type", type, "soft", soft, "hard", hard);
    }

    /** No more than this process itself may open, as to raise that takes a privilege. */
    private static Map<String, Object> files() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/limits"))) {
            long ours = lines.filter(line -> line.startsWith("Max open files"))
                    .map(line -> line.split("\\s{2,}")[2])
                    .filter(hard -> !hard.equals("unlimited"))
                    .mapToLong(Long::parseLong)
                    .findFirst()
                    .orElse(MOST_FILES);
            return limit("RLIMIT_NOFILE", Math.min(USUAL_FILES, ours), Math.min(MOST_FILES, ours));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, Object> resources(StepLimits limits) {
        Map<String, Object> resources = new LinkedHashMap<>();
        resources.put("devices", List.of(Map.of("allow", false, "access", "rwm")));
        resources.put("pids", Map.of("limit", limits.processes()));
        limits.memory().ifPresent(bytes -> resources.put("memory", Map.of("limit", bytes, "swap", bytes)));
        return resources;
    }

    private void endLate(Path root, String id, Duration time, AtomicBoolean late) {
        try {
            Thread.sleep(time);
            late.set(true);
            WorkDirectory.deleteContainer(program, root, id);
        } catch (InterruptedException inTime) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Map<String, Object>> mounts(List<BindMount> own) {
        List<Map<String, Object>> mounts = new ArrayList<>();
        mounts.add(mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"));
        mounts.add(mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"));
        mounts.add(
                mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"));
        mounts.add(mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"));
        mounts.add(mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"));
        mounts.add(system());
        for (BindMount mount : own) {
            mounts.add(
                    mount.tmpfsOptions().isEmpty()
                            ? mount(
                                    mount.target(),
                                    "bind",
                                    mount.source().toString(),
                                    "rbind",
                                    "rprivate",
                                    mount.readOnly() ? "ro" : "rw")
                            : mount(
                                    mount.target(),
                                    "tmpfs",
                                    "tmpfs",
                                    mount.tmpfsOptions().split(",")));
        }
        return mounts;
    }

    /** The kernel shows a network namespace's /sys only to the owner of that namespace; others may have a copy. */
    private static Map<String, Object> system() {
        return UserNamespace.isInitial()
                ? mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro")
                : mount("/sys", "bind", "/sys", "rbind", "nosuid", "noexec", "nodev", "ro");
    }

    private static Map<String, Object> mount(String target, String type, String source, String... options) {
        Map<String, Object> mount = new LinkedHashMap<>();
        mount.put("destination", target);
        mount.put("type", type);
        mount.put("source", source);
        mount.put("options", List.of(options));
        return mount;
    }
}
