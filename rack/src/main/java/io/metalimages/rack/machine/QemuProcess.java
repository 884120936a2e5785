package io.metalimages.rack.machine;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** QEMU as it runs a machine, and the connection to its monitor. Not thread-safe, but for {@link #close}. */
final class QemuProcess {

    /** What {@code sun_path} in unix(7) holds, its end mark left out. */
    private static final int LONGEST_SOCKET_PATH = 107;

    /** Exit statuses of a process that somebody else ended, by SIGKILL or SIGTERM. */
    private static final Set<Integer> ENDED_FROM_OUTSIDE = Set.of(128 + 9, 128 + 15);

    /** As shells and Java count them: a signal's number and this. */
    private static final int SIGNALS = 128;

    private static final Duration POLL = Duration.ofMillis(50);

    private final Process process;
    private final Monitor monitor;
    private final QemuLog log;

    private QemuProcess(Process process, Monitor monitor, QemuLog log) {
        this.process = process;
        this.monitor = monitor;
        this.log = log;
    }

    /**
     * Starts QEMU, and connects to it.
     *
     * @param limit within which it responds, or has failed
     * @throws FaultException if QEMU or memory for the machine is missing here, or if QEMU does not start, with its reason
     * @throws AccelerationException if QEMU does not start because of KVM
     */
    static QemuProcess start(Hardware hardware, Boot boot, Acceleration acceleration, Launcher launcher, Duration limit)
            throws IOException, InterruptedException {
        HostRequirements.requireMemory(hardware.memory());
        requireSocketPath(hardware.consoleSocket());
        if (!(boot instanceof Boot.Sector)) {
            HostRequirements.requireFirmware();
            if (!Files.exists(hardware.variables())) {
                Files.copy(HostRequirements.FIRMWARE_VARIABLES, hardware.variables());
            }
        }
        Files.deleteIfExists(hardware.monitorSocket());
        Files.deleteIfExists(hardware.consoleSocket());
        Files.deleteIfExists(hardware.log().file());
        HostRequirements.requireProgram(HostRequirements.QEMU);
        Process process = launcher.start(
                new QemuCommand(hardware, boot, acceleration).line(),
                hardware.log().file());
        try {
            return new QemuProcess(process, connect(hardware, acceleration, process, limit), hardware.log());
        } catch (IOException | InterruptedException | RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    private static void requireSocketPath(Path socket) {
        if (socket.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET_PATH) {
            throw FaultException.missing(
                    "The path " + socket + " is too long for a socket's.",
                    "Name a directory with a shorter path in METAL_IMAGES_STATE.");
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

    private static String reason(QemuLog log, Process process) throws IOException {
        return log.reason().orElse("QEMU ended with status " + process.exitValue());
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Of a process that has ended. */
    int exitStatus() {
        return process.exitValue();
    }

    /** Waits until QEMU ends; returns whether it did. */
    boolean endsWithin(Duration limit) throws InterruptedException {
        return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Whether it has ended, and nobody but itself has ended it, nor has its guest. */
    boolean hasFailed() throws InterruptedException {
        return !process.isAlive()
                && monitor.shutdownReason().isEmpty()
                && !ENDED_FROM_OUTSIDE.contains(process.exitValue());
    }

    /** Why QEMU has ended. */
    String reason() throws IOException {
        return reason(log, process);
    }

    Monitor monitor() {
        return monitor;
    }

    /**
     * Ends QEMU at once, with what the machine wrote to its disks so far on them.
     *
     * @param responds whether QEMU may be asked to end; if not, it is killed
     */
    void close(boolean responds, Duration limit) throws IOException {
        try (monitor) {
            if (responds) {
                monitor.execute("quit", Map.of());
                endsWithin(limit);
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
