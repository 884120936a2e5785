package io.metalimages.rack.machine;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.engine.work.StateDirectory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Decides how machines are run here, by letting KVM do what it will have to do: start the hammer's kernel on the machine
 * type and the firmware that all machines have. That its device can be opened proves nothing, nor does a boot sector.
 *
 * <p>What came of it is remembered for this machine, QEMU, firmware, and kernel. Not thread-safe; any number of processes
 * may remember at once.
 */
public final class AccelerationProbe {

    /** Several times what a processor takes for firmware and kernel, and short enough to wait for. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    /** How long it counts that KVM was too slow, which may have been because of other work on this machine. */
    private static final Duration DOUBTFUL_FOR = Duration.ofDays(1);

    /** What Linux writes first. */
    private static final String FIRST_WORD = "Linux version";

    private static final int PROCESSORS = 2;
    private static final int MEBIBYTES = 512;

    private static final String WORKS = "works";
    private static final String REASON = "reason";
    private static final String UNTIL = "until";

    /** What tells a processor from another one, in {@code /proc/cpuinfo}. */
    private static final Set<String> PROCESSOR_FIELDS =
            Set.of("vendor_id", "cpu family", "model", "model name", "stepping", "microcode", "flags");

    private static final JsonMapper JSON = new JsonMapper();

    /**
     * What there is to run machines with.
     *
     * @param device KVM's
     * @param processors in the form of {@code /proc/cpuinfo}
     * @param kernel a file that is another one for every kernel
     * @param programs QEMU and its firmware
     */
    record Host(Path device, Path processors, Path kernel, List<Path> programs) {

        static Host here() {
            return new Host(
                    Path.of("/dev/kvm"),
                    Path.of("/proc/cpuinfo"),
                    Path.of("/proc/version"),
                    List.of(
                            HostRequirements.find(HostRequirements.QEMU).orElse(Path.of(HostRequirements.QEMU)),
                            HostRequirements.FIRMWARE));
        }

        /** Why KVM can't even be tried; empty if it can. */
        Optional<String> obstacle() {
            try {
                FileChannel.open(device, StandardOpenOption.READ, StandardOpenOption.WRITE)
                        .close();
                return Optional.empty();
            } catch (NoSuchFileException e) {
                return Optional.of("no " + device);
            } catch (IOException e) {
                return Optional.of("no access to " + device);
            }
        }

        private String identity() throws IOException {
            StringBuilder identity = new StringBuilder(Files.readString(kernel));
            Files.readAllLines(processors).stream()
                    .takeWhile(line -> !line.isBlank())
                    .filter(line -> PROCESSOR_FIELDS.contains(line.split(":", 2)[0].strip()))
                    .forEach(line -> identity.append(line).append('\n'));
            for (Path program : programs) {
                Path file = program.toRealPath();
                identity.append("%s %d %s%n".formatted(file, Files.size(file), Files.getLastModifiedTime(file)));
            }
            return identity.toString();
        }
    }

    private final Path memory;
    private final Host host;
    private final Duration limit;

    /** Where it stands what came of KVM; empty before it mattered. */
    private Optional<Path> record = Optional.empty();

    /** A probe of this machine. */
    public AccelerationProbe(StateDirectory state) {
        this(state.accelerations(), Host.here(), LIMIT);
    }

    /**
     * A probe.
     *
     * @param memory a directory for what came of probes
     * @param limit how long KVM may take, but for some seconds
     */
    AccelerationProbe(Path memory, Host host, Duration limit) {
        this.memory = memory;
        this.host = host;
        this.limit = limit;
    }

    /**
     * Finds out early whether there is what was asked for.
     *
     * @throws FaultException if KVM was, and its device can't be used
     */
    public void requireDevice(Accelerator wanted) {
        if (wanted == Accelerator.KVM) {
            host.obstacle().ifPresent(obstacle -> {
                throw useless(obstacle);
            });
        }
    }

    /**
     * Decides how machines are run.
     *
     * @param wanted with {@code KVM}, nothing else will do
     * @param kernel what the probe starts: the kernel has to write to the console
     * @param launcher starts programs where machines will be started
     * @param directory for the probe's files alone
     * @param notes is told what a probe has found that the user may wonder about
     * @throws FaultException if KVM was asked for and does not work, or if QEMU or its firmware is missing
     */
    public Acceleration choose(
            Accelerator wanted, Boot.Kernel kernel, Launcher launcher, Path directory, Consumer<String> notes)
            throws IOException, InterruptedException {
        requireDevice(wanted);
        Optional<String> obstacle = wanted == Accelerator.TCG ? Optional.of("as requested") : host.obstacle();
        if (obstacle.isPresent()) {
            return Acceleration.tcg(obstacle.get());
        }
        record = Optional.of(record(kernel));
        Optional<Acceleration> known =
                recall(record.get()).filter(it -> it.kind() == Acceleration.Kind.KVM || wanted == Accelerator.AUTO);
        if (known.isPresent()) {
            return known.get();
        }
        try {
            probe(kernel, launcher, directory);
            remember(new Finding(true, "", Optional.empty()));
            return Acceleration.kvm();
        } catch (AccelerationException e) {
            disprove(e);
            if (wanted == Accelerator.KVM) {
                throw useless(e.reason());
            }
            notes.accept("KVM does not work on this machine (" + e.reason() + "), so QEMU emulates the processor.");
            return Acceleration.tcg(e.reason());
        }
    }

    /** Remembers that what has been chosen, KVM, does not work. */
    public void disprove(AccelerationException stop) throws IOException {
        remember(Finding.of(stop));
    }

    /** The fault to end with where KVM alone will do. */
    public static FaultException useless(String reason) {
        return FaultException.missing(
                "KVM does not work on this machine: " + reason + ".",
                "Use --accel auto or tcg: QEMU then emulates the processor, which takes longer.");
    }

    private void probe(Boot.Kernel kernel, Launcher launcher, Path directory) throws IOException, InterruptedException {
        Hardware hardware = new Hardware(PROCESSORS, MEBIBYTES, List.of(), List.of(), directory);
        Instant end = Instant.now().plus(limit);
        try (Machine machine = Machine.start(hardware, kernel, Acceleration.kvm(), launcher, limit)) {
            machine.awaitOnConsole(FIRST_WORD, Duration.between(Instant.now(), end));
        } catch (FaultException e) {
            if (e.category() != FaultException.Category.FAILED_WORK) {
                throw e;
            }
            AccelerationException stop = AccelerationException.suspected(
                    hardware.log().reason().orElse("no kernel started within " + limit.toSeconds() + " s"));
            stop.initCause(e);
            throw stop;
        }
    }

    /**
     * What came of KVM.
     *
     * @param reason why it does not work; empty if it does
     * @param until when it is to be tried again; empty for never
     */
    private record Finding(boolean works, String reason, Optional<Instant> until) {

        static Finding of(AccelerationException stop) {
            return new Finding(
                    false,
                    stop.reason(),
                    stop.isCertain()
                            ? Optional.empty()
                            : Optional.of(Instant.now().plus(DOUBTFUL_FOR)));
        }
    }

    private Path record(Boot.Kernel kernel) throws IOException {
        String basis = host.identity()
                + Digest.ofFile(kernel.kernel()).hex()
                + Acceleration.kvm().options();
        return memory.resolve(Digest.of(basis).hex() + ".json");
    }

    /** What is known of KVM; a record that is damaged or too old is none. */
    private static Optional<Acceleration> recall(Path record) throws IOException {
        if (!Files.isRegularFile(record)) {
            return Optional.empty();
        }
        try {
            JsonNode finding = JSON.readTree(Files.readAllBytes(record));
            if (finding.path(WORKS).asBoolean()) {
                return Optional.of(Acceleration.kvm());
            }
            boolean isOver = finding.has(UNTIL)
                    && Instant.parse(finding.path(UNTIL).asString()).isBefore(Instant.now());
            return isOver
                    ? Optional.empty()
                    : Optional.of(Acceleration.tcg(finding.path(REASON).asString()));
        } catch (JacksonException | DateTimeParseException damaged) {
            return Optional.empty();
        }
    }

    private void remember(Finding finding) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put(WORKS, finding.works());
        members.put(REASON, finding.reason());
        finding.until().ifPresent(until -> members.put(UNTIL, until.toString()));
        Path complete = Files.createTempFile(memory, "finding", ".part");
        Files.write(complete, JSON.writeValueAsBytes(members));
        Files.move(
                complete,
                record.orElseThrow(() -> new IllegalStateException("KVM has not been chosen.")),
                StandardCopyOption.ATOMIC_MOVE);
    }
}
