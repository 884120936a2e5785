package io.metalimages.rack.machine;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;

/**
 * Tells whether it is KVM that keeps a guest from going on. By emulation there is nothing to watch, and every method finds
 * all in order. Not thread-safe.
 */
final class KvmWatchdog {

    /** For a guest that lives to show a key that was pressed on its console. */
    private static final Duration ECHO_LIMIT = Duration.ofSeconds(3);

    private static final Duration POLL = Duration.ofMillis(50);

    private final Hardware hardware;
    private final QemuProcess qemu;
    private final boolean isKvm;
    private volatile boolean hasGivenUp;

    KvmWatchdog(Hardware hardware, QemuProcess qemu, Acceleration acceleration) {
        this.hardware = hardware;
        this.qemu = qemu;
        this.isKvm = acceleration.kind() == Acceleration.Kind.KVM;
    }

    /** Whether KVM has been found to be the reason, so that nothing is expected of QEMU any more. */
    boolean hasGivenUp() {
        return hasGivenUp;
    }

    /**
     * Of a machine that has ended: its guest has ended itself, or somebody has ended QEMU.
     *
     * @throws AccelerationException if not
     */
    void requireGuestsEnd() throws IOException, InterruptedException {
        if (isKvm && qemu.hasFailed()) {
            throw givenUp(AccelerationException.reported(qemu.reason()));
        }
    }

    /**
     * QEMU does not say that KVM has failed.
     *
     * @throws AccelerationException if it does
     */
    void requireRunning() throws IOException, InterruptedException {
        if (isKvm && qemu.monitor().isStopped() && hasInternalError()) {
            throw givenUp(AccelerationException.reported(hardware.log().reason().orElse("KVM internal error")));
        }
    }

    private boolean hasInternalError() throws IOException, InterruptedException {
        try {
            return qemu.monitor().runState().equals("internal-error");
        } catch (IOException e) {
            if (qemu.isAlive()) {
                throw givenUp(AccelerationException.suspected("QEMU does not respond"));
            }
            return false;
        }
    }

    /**
     * A guest whose kernel lives shows a key that was pressed on its console, whatever else is wrong with it.
     *
     * @throws AccelerationException if it does not, or has ended because of KVM meanwhile
     */
    void requireEcho() throws IOException, InterruptedException {
        if (!isKvm) {
            return;
        }
        long before = hardware.written();
        Instant end = Instant.now().plus(ECHO_LIMIT);
        try (SocketChannel keyboard = SocketChannel.open(UnixDomainSocketAddress.of(hardware.consoleSocket()))) {
            keyboard.write(ByteBuffer.wrap(new byte[] {'\r'}));
            while (qemu.isAlive() && Instant.now().isBefore(end)) {
                if (hardware.written() != before) {
                    return;
                }
                Thread.sleep(POLL);
            }
        } catch (IOException e) {
            if (qemu.isAlive()) {
                throw e;
            }
        }
        if (!qemu.isAlive()) {
            requireGuestsEnd();
            return;
        }
        throw givenUp(AccelerationException.suspected("no sign of life under KVM"));
    }

    private AccelerationException givenUp(AccelerationException stop) {
        hasGivenUp = true;
        return stop;
    }
}
