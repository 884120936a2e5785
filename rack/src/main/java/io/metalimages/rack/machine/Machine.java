package io.metalimages.rack.machine;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * A virtual machine that runs: a process of QEMU, with UEFI, disks, network cards and a serial console.
 *
 * <p>The process ends when the guest reboots or switches itself off; whoever wants it to go on starts it again. What
 * remains then is in the files of its {@link Hardware}. Not thread-safe, but for {@link #close()}.
 */
public final class Machine implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(50);

    /** For QEMU to start, and to respond: where the processor runs the guest. */
    private static final Duration RESPONSE_LIMIT = Duration.ofSeconds(10);

    /** How a machine came to its end. */
    enum End {
        REBOOT,
        SWITCHED_OFF
    }

    private final Hardware hardware;
    private final QemuProcess qemu;
    private final KvmWatchdog watchdog;
    private final Console console;
    private boolean guestFailed;

    private Machine(Hardware hardware, QemuProcess qemu, KvmWatchdog watchdog, Console console) {
        this.hardware = hardware;
        this.qemu = qemu;
        this.watchdog = watchdog;
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
        Console console = new Console(hardware.console());
        QemuProcess qemu = QemuProcess.start(hardware, boot, acceleration, launcher, limit);
        return new Machine(hardware, qemu, new KvmWatchdog(hardware, qemu, acceleration), console);
    }

    public Hardware hardware() {
        return hardware;
    }

    /** The id of QEMU's process. */
    long pid() {
        return qemu.pid();
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
            boolean alive = qemu.isAlive();
            if (condition.holds()) {
                return;
            }
            requireSound();
            if (!alive) {
                watchdog.requireGuestsEnd();
                throw fault("The virtual machine ended, and was waited for " + what + ".");
            }
            watchdog.requireRunning();
            if (Instant.now().isAfter(end)) {
                watchdog.requireEcho();
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
        while (qemu.isAlive()) {
            requireSound();
            watchdog.requireRunning();
            if (Instant.now().isAfter(end)) {
                watchdog.requireEcho();
                throw fault("The virtual machine did not end within %,d s.".formatted(limit.toSeconds()));
            }
            qemu.endsWithin(POLL);
        }
        watchdog.requireGuestsEnd();
        return switch (qemu.monitor().shutdownReason().orElse("")) {
            case "guest-reset" -> End.REBOOT;
            case "guest-shutdown" -> End.SWITCHED_OFF;
            case "guest-panic" -> throw fault("The virtual machine ended: its kernel panicked.");
            case String reason ->
                throw fault("The virtual machine ended%s, with status %d. %s"
                        .formatted(
                                reason.isEmpty() ? "" : " (" + reason + ")",
                                qemu.exitStatus(),
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
        if (!qemu.isAlive()) {
            watchdog.requireGuestsEnd();
            return;
        }
        watchdog.requireRunning();
        watchdog.requireEcho();
    }

    /** Waits until the machine ends, for whatever reason; returns whether it did. */
    boolean endsWithin(Duration limit) throws InterruptedException {
        return qemu.endsWithin(limit);
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
        qemu.monitor().execute("set_link", Map.of("name", QemuCommand.cardName(card), "up", up));
    }

    /** Stops the machine's processors, until {@link #resume()}. */
    void pause() throws IOException, InterruptedException {
        qemu.monitor().execute("stop", Map.of());
    }

    void resume() throws IOException, InterruptedException {
        qemu.monitor().execute("cont", Map.of());
    }

    /** Switches the machine off at once, with what it wrote to its disks so far on them. */
    @Override
    public void close() throws IOException {
        qemu.close(!watchdog.hasGivenUp(), RESPONSE_LIMIT);
    }
}
