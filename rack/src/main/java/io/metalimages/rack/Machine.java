package io.metalimages.rack;

import com.sun.management.OperatingSystemMXBean;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A virtual machine that runs: a process of QEMU, with UEFI, disks, network cards and a serial console.
 *
 * <p>The process ends when the guest reboots or switches itself off; whoever wants it to go on starts it again. What
 * remains then is in the files of its {@link Hardware}. Not thread-safe, but for {@link #close()}.
 */
final class Machine implements AutoCloseable {

    static final String QEMU = "qemu-system-x86_64";
    static final String QEMU_IMG = "qemu-img";

    /** The packages that programs and firmware are in. */
    private static final Map<String, String> PACKAGES = Map.of(QEMU, "qemu-system-x86", QEMU_IMG, "qemu-utils");

    private static final Path FIRMWARE = Path.of("/usr/share/OVMF/OVMF_CODE_4M.fd");
    private static final Path VARIABLES = Path.of("/usr/share/OVMF/OVMF_VARS_4M.fd");

    /** What {@code sun_path} in unix(7) holds, its end mark left out. */
    private static final int LONGEST_SOCKET_PATH = 107;

    /** What QEMU itself needs beside the guest's memory: its own, and room for translated code. */
    private static final int OVERHEAD_MEBIBYTES = 768;

    private static final Duration POLL = Duration.ofMillis(50);
    private static final Duration PATIENCE_WITH_QUIT = Duration.ofSeconds(10);

    /**
     * What a machine consists of.
     *
     * @param memory in MiB
     * @param directory its own: events, UEFI's variables and sockets are files in it, and stay from one run to the next
     * @param console all that was ever written to the serial console
     */
    record Hardware(
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
        Path consoleSocket() {
            return directory.resolve("console.sock");
        }

        /** What the machine wrote to its port {@code events}. */
        Path events() {
            return directory.resolve("events.log");
        }

        private Path monitorSocket() {
            return directory.resolve("monitor.sock");
        }

        private Path variables() {
            return directory.resolve("variables.fd");
        }

        private Path log() {
            return directory.resolve("qemu.log");
        }
    }

    /** How a machine came to its end. */
    enum End {
        REBOOT,
        SWITCHED_OFF
    }

    private final Hardware hardware;
    private final Process process;
    private final Monitor monitor;
    private final Console console;

    private Machine(Hardware hardware, Process process, Monitor monitor, Console console) {
        this.hardware = hardware;
        this.process = process;
        this.monitor = monitor;
        this.console = console;
    }

    /**
     * Switches a machine on.
     *
     * @throws FaultException if QEMU or memory for the machine is missing here, or if QEMU does not start, with its reason
     */
    static Machine start(Hardware hardware, Boot boot, Acceleration acceleration, Launcher launcher)
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
        Files.deleteIfExists(hardware.log());
        Console console = new Console(hardware.console());
        Process process = startProgram(launcher, command(hardware, boot, acceleration), hardware.log());
        try {
            return new Machine(hardware, process, connect(hardware, process), console);
        } catch (IOException | InterruptedException | RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static Monitor connect(Hardware hardware, Process process) throws IOException, InterruptedException {
        while (true) {
            boolean alive = process.isAlive();
            if (alive && Files.exists(hardware.monitorSocket())) {
                try {
                    return Monitor.connect(hardware.monitorSocket());
                } catch (IOException notListeningYet) {
                    if (process.isAlive()) {
                        Thread.sleep(POLL);
                        continue;
                    }
                }
            }
            if (!alive) {
                throw FaultException.failed("The virtual machine did not start: " + lastLine(hardware.log()), null);
            }
            Thread.sleep(POLL);
        }
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
    static void requireMeans(int memory) throws IOException {
        requireProgram(QEMU);
        requireFirmware();
        requireMemory(memory);
    }

    private static void requireProgram(String program) {
        boolean there = List.of(System.getenv().getOrDefault("PATH", "").split(":")).stream()
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
        if (!there) {
            throw FaultException.missing(
                    "The program " + program + " is not on this machine.",
                    "Install the package " + PACKAGES.getOrDefault(program, program) + ".");
        }
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

    static String lastLine(Path log) throws IOException {
        List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                .lines()
                .toList();
        return lines.isEmpty() ? "" : lines.getLast().replaceFirst("^" + QEMU + ": ", "");
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

    Hardware hardware() {
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
    interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    /**
     * Waits until {@code condition} holds.
     *
     * @param what names it in a sentence that begins "waited for"
     * @throws FaultException as {@link #awaitOnConsole}
     */
    void awaitThat(Condition condition, String what, Duration limit) throws IOException, InterruptedException {
        Instant end = Instant.now().plus(limit);
        while (true) {
            boolean alive = process.isAlive();
            if (condition.holds()) {
                return;
            }
            requireSound();
            if (!alive) {
                throw fault("The virtual machine ended, and was waited for " + what + ".");
            }
            if (Instant.now().isAfter(end)) {
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
     */
    End awaitEnd(Duration limit) throws IOException, InterruptedException {
        Instant end = Instant.now().plus(limit);
        while (process.isAlive()) {
            requireSound();
            if (Instant.now().isAfter(end)) {
                throw fault("The virtual machine did not end within %,d s.".formatted(limit.toSeconds()));
            }
            process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS);
        }
        return switch (monitor.shutdownReason().orElse("")) {
            case "guest-reset" -> End.REBOOT;
            case "guest-shutdown" -> End.SWITCHED_OFF;
            case "guest-panic" -> throw fault("The virtual machine ended: its kernel panicked.");
            case String reason ->
                throw fault("The virtual machine ended%s, with status %d. %s"
                        .formatted(
                                reason.isEmpty() ? "" : " (" + reason + ")",
                                process.exitValue(),
                                lastLine(hardware.log())));
        };
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
        return FaultException.failed(
                "%s%nThe end of its console (%s):%n%s"
                        .formatted(
                                message, console.file(), console.end().indent(4).stripTrailing()),
                null);
    }

    /** Plugs the cable of a network card in, or out. */
    void setLink(int card, boolean up) throws IOException {
        monitor.execute("set_link", Map.of("name", "card" + card, "up", up));
    }

    /** Stops the machine's processors, until {@link #resume()}. */
    void pause() throws IOException {
        monitor.execute("stop", Map.of());
    }

    void resume() throws IOException {
        monitor.execute("cont", Map.of());
    }

    /** Switches the machine off at once, with what it wrote to its disks so far on them. */
    @Override
    public void close() throws IOException {
        try (monitor) {
            monitor.execute("quit", Map.of());
            process.waitFor(PATIENCE_WITH_QUIT.toMillis(), TimeUnit.MILLISECONDS);
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
