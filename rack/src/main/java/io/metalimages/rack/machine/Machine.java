package io.metalimages.rack.machine;

import com.sun.management.OperatingSystemMXBean;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A virtual machine that runs: a process of QEMU, with UEFI, disks, network cards and a serial console.
 *
 * <p>The process ends when the guest reboots or switches itself off; whoever wants it to go on starts it again. What
 * remains then is in the files of its {@link Hardware}. Not thread-safe, but for {@link #close()}.
 */
public final class Machine implements AutoCloseable {

    public static final String QEMU = "qemu-system-x86_64";
    static final String QEMU_IMG = "qemu-img";

    /** The packages that programs and firmware are in. */
    private static final Map<String, String> PACKAGES = Map.of(QEMU, "qemu-system-x86", QEMU_IMG, "qemu-utils");

    static final Path FIRMWARE = Path.of("/usr/share/OVMF/OVMF_CODE_4M.fd");
    private static final Path VARIABLES = Path.of("/usr/share/OVMF/OVMF_VARS_4M.fd");

    /** What {@code sun_path} in unix(7) holds, its end mark left out. */
    private static final int LONGEST_SOCKET_PATH = 107;

    /** What QEMU itself needs beside the guest's memory: its own, and room for translated code. */
    private static final int OVERHEAD_MEBIBYTES = 768;

    private static final Duration POLL = Duration.ofMillis(50);

    /** For QEMU to start, and to respond: where the processor runs the guest. */
    private static final Duration RESPONSE_LIMIT = Duration.ofSeconds(10);

    /** For a guest that lives to show a key that was pressed on its console. */
    private static final Duration ECHO_LIMIT = Duration.ofSeconds(3);

    /** Exit statuses of a process that somebody else ended, by SIGKILL or SIGTERM. */
    private static final Set<Integer> ENDED_FROM_OUTSIDE = Set.of(128 + 9, 128 + 15);

    /** As shells and Java count them: a signal's number and this. */
    private static final int SIGNALS = 128;

    /**
     * What a machine consists of.
     *
     * @param memory in MiB
     * @param directory its own: events, UEFI's variables and sockets are files in it, and stay from one run to the next
     * @param console all that was ever written to the serial console
     */
    public record Hardware(
            int processors, int memory, List<Disk> disks, List<NetworkCard> cards, Path directory, Path console) {

        public Hardware {
            disks = List.copyOf(disks);
            cards = List.copyOf(cards);
        }

        /** Hardware whose console is in its directory, too. */
        Hardware(int processors, int memory, List<Disk> disks, List<NetworkCard> cards, Path directory) {
            this(processors, memory, disks, cards, directory, directory.resolve("console.log"));
        }

        /** The same machine with other disks in it. */
        Hardware with(List<Disk> others) {
            return new Hardware(processors, memory, others, cards, directory, console);
        }

        /** A socket that leads to the serial console, for a person. */
        public Path consoleSocket() {
            return directory.resolve("console.sock");
        }

        /** What the machine wrote to its port {@code events}. */
        public Path events() {
            return directory.resolve("events.log");
        }

        private Path monitorSocket() {
            return directory.resolve("monitor.sock");
        }

        private Path variables() {
            return directory.resolve("variables.fd");
        }

        QemuLog log() {
            return new QemuLog(directory.resolve("qemu.log"));
        }

        /** How much it has written: changes whenever its guest shows a sign of life. */
        private long written() throws IOException {
            long size = 0;
            for (Path file : List.of(console, events())) {
                size += Files.exists(file) ? Files.size(file) : 0;
            }
            return size;
        }
    }

    /** How a machine came to its end. */
    enum End {
        REBOOT,
        SWITCHED_OFF
    }

    private final Hardware hardware;
    private final Acceleration acceleration;
    private final Process process;
    private final Monitor monitor;
    private final Console console;
    private boolean guestFailed;
    private boolean givenUp;

    private Machine(Hardware hardware, Acceleration acceleration, Process process, Monitor monitor, Console console) {
        this.hardware = hardware;
        this.acceleration = acceleration;
        this.process = process;
        this.monitor = monitor;
        this.console = console;
    }

    /**
     * Switches a machine on.
     *
     * @throws FaultException if QEMU or memory for the machine is missing here, or if QEMU does not start, with its reason
     * @throws AccelerationException if QEMU does not start because of KVM
     */
    public static Machine start(Hardware hardware, Boot boot, Acceleration acceleration, Launcher launcher)
            throws IOException, InterruptedException {
        return start(hardware, boot, acceleration, launcher, acceleration.limit(RESPONSE_LIMIT));
    }

    /** Like {@link #start(Hardware, Boot, Acceleration, Launcher)}; QEMU responds within {@code limit}, or has failed. */
    static Machine start(Hardware hardware, Boot boot, Acceleration acceleration, Launcher launcher, Duration limit)
            throws IOException, InterruptedException {
        requireMemory(hardware.memory());
        if (hardware.consoleSocket().toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET_PATH) {
            throw FaultException.missing(
                    "The path " + hardware.consoleSocket() + " is too long for a socket's.",
                    "Name a directory with a shorter path in METAL_IMAGES_STATE.");
        }
        if (!(boot instanceof Boot.Sector)) {
            requireFirmware();
            if (!Files.exists(hardware.variables())) {
                Files.copy(VARIABLES, hardware.variables());
            }
        }
        Files.deleteIfExists(hardware.monitorSocket());
        Files.deleteIfExists(hardware.consoleSocket());
        Files.deleteIfExists(hardware.log().file());
        Console console = new Console(hardware.console());
        Process process = startProgram(
                launcher, command(hardware, boot, acceleration), hardware.log().file());
        try {
            return new Machine(
                    hardware, acceleration, process, connect(hardware, acceleration, process, limit), console);
        } catch (IOException | InterruptedException | RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static Monitor connect(Hardware hardware, Acceleration acceleration, Process process, Duration limit)
            throws IOException, InterruptedException {
        Instant end = Instant.now().plus(limit);
        while (true) {
            boolean alive = process.isAlive();
            if (alive && Files.exists(hardware.monitorSocket())) {
                try {
                    return Monitor.connect(hardware.monitorSocket(), limit);
                } catch (IOException notListeningYet) {
                    // It may be about to listen, or to end.
                }
            }
            if (!alive) {
                throw notStarted(hardware.log(), acceleration, process);
            }
            if (Instant.now().isAfter(end)) {
                throw notResponding(acceleration);
            }
            Thread.sleep(POLL);
        }
    }

    private static FaultException notStarted(QemuLog log, Acceleration acceleration, Process process)
            throws IOException {
        if (acceleration.kind() == Acceleration.Kind.KVM && (diedBySignal(process) || log.mentionsKvm())) {
            throw AccelerationException.reported(reason(log, process));
        }
        return FaultException.failed("The virtual machine did not start: " + log.lastLine(), null);
    }

    private static IOException notResponding(Acceleration acceleration) {
        return switch (acceleration.kind()) {
            case KVM -> AccelerationException.suspected("QEMU does not respond");
            case TCG -> new IOException("QEMU does not respond.");
        };
    }

    private static boolean diedBySignal(Process process) {
        return process.exitValue() > SIGNALS && !ENDED_FROM_OUTSIDE.contains(process.exitValue());
    }

    /** Why QEMU has ended. */
    private static String reason(QemuLog log, Process process) throws IOException {
        return log.reason().orElse("QEMU ended with status " + process.exitValue());
    }

    /** @throws FaultException if the program is not there, with the package that has it */
    static Process startProgram(Launcher launcher, List<String> command, Path log) throws IOException {
        requireProgram(command.getFirst());
        return launcher.start(command, log);
    }

    /**
     * Finds out early whether this machine has what a virtual one needs.
     *
     * @param memory in MiB
     * @throws FaultException if QEMU, its firmware, or memory is missing
     */
    public static void requireMeans(int memory) throws IOException {
        requireProgram(QEMU);
        requireFirmware();
        requireMemory(memory);
    }

    private static void requireProgram(String program) {
        if (find(program).isEmpty()) {
            throw FaultException.missing(
                    "The program " + program + " is not on this machine.",
                    "Install the package " + PACKAGES.getOrDefault(program, program) + ".");
        }
    }

    /** Where a program is that is started by its name. */
    static Optional<Path> find(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static void requireFirmware() {
        if (!Files.isReadable(FIRMWARE) || !Files.isReadable(VARIABLES)) {
            throw FaultException.missing(
                    "UEFI firmware for virtual machines, " + FIRMWARE + ", is not on this machine.",
                    "Install the package ovmf.");
        }
    }

    private static void requireMemory(int wanted) throws IOException {
        long available = availableMebibytes();
        if (wanted + OVERHEAD_MEBIBYTES > available) {
            throw FaultException.missing(
                    "A virtual machine of %,d MiB needs %,d MiB of memory, and %,d MiB are available."
                            .formatted(wanted, wanted + OVERHEAD_MEBIBYTES, available),
                    "End other programs, or give the machine less memory.");
        }
    }

    /** What the kernel says can be had without swapping, or less where a control group sets a limit. */
    private static long availableMebibytes() throws IOException {
        long available = Files.readAllLines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.startsWith("MemAvailable:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
                .findFirst()
                .orElseThrow(() -> new IOException("/proc/meminfo has no line MemAvailable."));
        long total =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize() >> 20;
        return Math.min(available, total);
    }

    /** A value in one of QEMU's options, in which a comma would begin the next one. */
    static String quoted(Path path) {
        return path.toString().replace(",", ",,");
    }

    private static List<String> command(Hardware hardware, Boot boot, Acceleration acceleration) {
        List<String> command = new ArrayList<>(List.of(QEMU, "-nodefaults", "-no-user-config", "-display", "none"));
        command.addAll(List.of("-no-reboot", "-machine", "q35,smm=off,vmport=off"));
        command.addAll(acceleration.options());
        command.addAll(List.of("-smp", Integer.toString(hardware.processors()), "-m", hardware.memory() + "M"));
        command.addAll(List.of("-rtc", "base=utc", "-device", "virtio-rng-pci"));
        command.addAll(List.of("-qmp", "unix:" + quoted(hardware.monitorSocket()) + ",server=on,wait=off"));
        command.addAll(List.of(
                "-chardev",
                "socket,id=console,server=on,wait=off,path=" + quoted(hardware.consoleSocket())
                        + ",logappend=on,logfile=" + quoted(hardware.console()),
                "-serial",
                "chardev:console"));
        command.addAll(List.of(
                "-chardev",
                "file,id=events,append=on,path=" + quoted(hardware.events()),
                "-device",
                "virtio-serial-pci",
                "-device",
                "virtserialport,chardev=events,name=events"));
        switch (boot) {
            case Boot.Hammer hammer ->
                command.addAll(List.of(
                        "-kernel",
                        hammer.kernel().toString(),
                        "-initrd",
                        hammer.initramfs().toString(),
                        "-append",
                        hammer.commandLine()));
            case Boot.FromDisk() -> {}
            case Boot.Sector() -> {}
        }
        if (!(boot instanceof Boot.Sector)) {
            command.addAll(List.of(
                    "-drive",
                    "if=pflash,format=raw,readonly=on,file=" + FIRMWARE,
                    "-drive",
                    "if=pflash,format=raw,cache=unsafe,file=" + quoted(hardware.variables())));
        }
        for (int i = 0; i < hardware.disks().size(); i++) {
            Disk disk = hardware.disks().get(i);
            if (disk.bus() == Disk.Bus.SCSI) {
                command.addAll(List.of("-device", "virtio-scsi-pci,id=scsi" + i));
            }
            command.addAll(List.of(
                    "-drive",
                    "if=none,id=disk%d,format=%s,cache=unsafe,discard=unmap,file=%s"
                            .formatted(i, disk.format().option(), quoted(disk.file())),
                    "-device",
                    device(disk.bus(), i) + ",drive=disk%d,serial=disk%d,bootindex=%d".formatted(i, i, i + 1)));
        }
        for (int i = 0; i < hardware.cards().size(); i++) {
            NetworkCard card = hardware.cards().get(i);
            command.addAll(List.of(
                    "-netdev",
                    backend(card) + ",id=" + cardName(i),
                    "-device",
                    "virtio-net-pci,romfile=,netdev=%s,id=card%d,mac=%s".formatted(cardName(i), i, card.mac())));
        }
        return command;
    }

    private static String device(Disk.Bus bus, int index) {
        return switch (bus) {
            case VIRTIO -> "virtio-blk-pci";
            case NVME -> "nvme";
            case SCSI -> "scsi-hd,bus=scsi%d.0".formatted(index);
        };
    }

    private static String backend(NetworkCard card) {
        return switch (card) {
            case NetworkCard.Tap tap -> "tap,script=no,downscript=no,ifname=" + tap.name();
            case NetworkCard.UserNetwork user -> {
                StringBuilder backend = new StringBuilder("user");
                user.forwards()
                        .forEach((here, there) -> backend.append(",hostfwd=tcp:127.0.0.1:")
                                .append(here)
                                .append("-:")
                                .append(there));
                yield backend.toString();
            }
        };
    }

    private static String cardName(int index) {
        return "net" + index;
    }

    public Hardware hardware() {
        return hardware;
    }

    /** The id of QEMU's process. */
    long pid() {
        return process.pid();
    }

    /**
     * Waits until the machine writes {@code text} to its console, from where the last wait ended.
     *
     * @throws FaultException if it gets no further, ends, or takes longer than {@code limit}; with the console's end
     */
    void awaitOnConsole(String text, Duration limit) throws IOException, InterruptedException {
        awaitThat(() -> console.find(text), "“" + text + "” on its console", limit);
    }

    /** Something that a machine may have come to. */
    @FunctionalInterface
    public interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    /**
     * Waits until {@code condition} holds.
     *
     * @param what names it in a sentence that begins "waited for"
     * @throws FaultException as {@link #awaitOnConsole}
     * @throws AccelerationException if it is KVM that keeps the machine from going on
     */
    public void awaitThat(Condition condition, String what, Duration limit) throws IOException, InterruptedException {
        Instant end = Instant.now().plus(limit);
        while (true) {
            boolean alive = process.isAlive();
            if (condition.holds()) {
                return;
            }
            requireSound();
            if (!alive) {
                requireGuestsEnd();
                throw fault("The virtual machine ended, and was waited for " + what + ".");
            }
            requireRunning();
            if (Instant.now().isAfter(end)) {
                requireEcho();
                throw fault("The virtual machine gets no further: within %,d s there was no %s."
                        .formatted(limit.toSeconds(), what));
            }
            Thread.sleep(POLL);
        }
    }

    /**
     * Waits until the machine reboots or switches itself off.
     *
     * @throws FaultException if it does neither within {@code limit}, or QEMU fails
     * @throws AccelerationException if it is KVM that keeps the machine from going on
     */
    End awaitEnd(Duration limit) throws IOException, InterruptedException {
        Instant end = Instant.now().plus(limit);
        while (process.isAlive()) {
            requireSound();
            requireRunning();
            if (Instant.now().isAfter(end)) {
                requireEcho();
                throw fault("The virtual machine did not end within %,d s.".formatted(limit.toSeconds()));
            }
            process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS);
        }
        requireGuestsEnd();
        return switch (monitor.shutdownReason().orElse("")) {
            case "guest-reset" -> End.REBOOT;
            case "guest-shutdown" -> End.SWITCHED_OFF;
            case "guest-panic" -> throw fault("The virtual machine ended: its kernel panicked.");
            case String reason ->
                throw fault("The virtual machine ended%s, with status %d. %s"
                        .formatted(
                                reason.isEmpty() ? "" : " (" + reason + ")",
                                process.exitValue(),
                                hardware.log().lastLine()));
        };
    }

    /**
     * After something else than this machine has told of trouble with its guest: finds out whether it is KVM that keeps the
     * guest from going on.
     *
     * @throws AccelerationException if so
     */
    void requireSignOfLife() throws IOException, InterruptedException {
        if (guestFailed) {
            return;
        }
        if (!process.isAlive()) {
            requireGuestsEnd();
            return;
        }
        requireRunning();
        requireEcho();
    }

    /** The guest has ended itself, or somebody has ended QEMU. */
    private void requireGuestsEnd() throws IOException, InterruptedException {
        if (acceleration.kind() == Acceleration.Kind.KVM
                && monitor.shutdownReason().isEmpty()
                && !ENDED_FROM_OUTSIDE.contains(process.exitValue())) {
            throw givenUp(AccelerationException.reported(reason(hardware.log(), process)));
        }
    }

    /** QEMU does not say that KVM has failed. */
    private void requireRunning() throws IOException, InterruptedException {
        if (acceleration.kind() == Acceleration.Kind.KVM && monitor.isStopped() && hasInternalError()) {
            throw givenUp(AccelerationException.reported(hardware.log().reason().orElse("KVM internal error")));
        }
    }

    private boolean hasInternalError() throws IOException, InterruptedException {
        try {
            return monitor.runState().equals("internal-error");
        } catch (IOException e) {
            if (process.isAlive()) {
                throw givenUp(AccelerationException.suspected("QEMU does not respond"));
            }
            return false;
        }
    }

    /** A guest whose kernel lives shows a key that was pressed on its console, whatever else is wrong with it. */
    private void requireEcho() throws IOException, InterruptedException {
        if (acceleration.kind() != Acceleration.Kind.KVM) {
            return;
        }
        long before = hardware.written();
        Instant end = Instant.now().plus(ECHO_LIMIT);
        try (SocketChannel keyboard = SocketChannel.open(UnixDomainSocketAddress.of(hardware.consoleSocket()))) {
            keyboard.write(ByteBuffer.wrap(new byte[] {'\r'}));
            while (process.isAlive() && Instant.now().isBefore(end)) {
                if (hardware.written() != before) {
                    return;
                }
                Thread.sleep(POLL);
            }
        } catch (IOException e) {
            if (process.isAlive()) {
                throw e;
            }
        }
        if (!process.isAlive()) {
            requireGuestsEnd();
            return;
        }
        throw givenUp(AccelerationException.suspected("no sign of life under KVM"));
    }

    /** From now on nothing is expected of QEMU any more. */
    private AccelerationException givenUp(AccelerationException stop) {
        givenUp = true;
        return stop;
    }

    /** Waits until the machine ends, for whatever reason; returns whether it did. */
    boolean endsWithin(Duration limit) throws InterruptedException {
        return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** @throws FaultException if the console shows that the machine gets no further */
    void requireSound() throws IOException {
        var fault = console.fault();
        if (fault.isPresent()) {
            throw fault("The virtual machine gets no further: " + fault.orElseThrow() + ".");
        }
    }

    /** A fault with the end of the console. */
    FaultException fault(String message) throws IOException {
        guestFailed = true;
        return FaultException.failed(
                "%s%nThe end of its console (%s):%n%s"
                        .formatted(
                                message, console.file(), console.end().indent(4).stripTrailing()),
                null);
    }

    /** Plugs the cable of a network card in, or out. */
    void setLink(int card, boolean up) throws IOException, InterruptedException {
        monitor.execute("set_link", Map.of("name", "card" + card, "up", up));
    }

    /** Stops the machine's processors, until {@link #resume()}. */
    void pause() throws IOException, InterruptedException {
        monitor.execute("stop", Map.of());
    }

    void resume() throws IOException, InterruptedException {
        monitor.execute("cont", Map.of());
    }

    /** Switches the machine off at once, with what it wrote to its disks so far on them. */
    @Override
    public void close() throws IOException {
        try (monitor) {
            if (!givenUp) {
                monitor.execute("quit", Map.of());
                process.waitFor(RESPONSE_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (IOException e) {
            if (process.isAlive()) {
                throw e;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
    }
}
