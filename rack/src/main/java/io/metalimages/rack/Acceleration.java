package io.metalimages.rack;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * How a guest's instructions are executed on this machine.
 *
 * @param kind by the processor, or translated by QEMU
 * @param reason why it is this kind: a phrase to show to the user
 */
record Acceleration(Kind kind, String reason) {

    enum Kind {
        /** The processor runs the guest. */
        KVM,
        /** QEMU translates the guest's instructions, on as many threads as the guest has processors. */
        TCG
    }

    /** How many times longer TCG takes for the same work, at most. */
    private static final int SLOWNESS_OF_TCG = 15;

    /** Longer than a processor takes for the probe by far, and short enough to wait for. */
    private static final Duration PROBE_LIMIT = Duration.ofSeconds(3);

    /** What the probe's guest sends to the debug port; QEMU's exit status is twice that and one. */
    private static final int ANSWER = 0x21;

    private static final int SECTOR = 512;

    private static final List<String> KVM_OPTIONS = List.of("-accel", "kvm", "-cpu", "host");

    /**
     * Lets KVM run a guest of a few instructions: that its device can be opened proves nothing.
     *
     * @param directory an existing directory for the probe's files
     * @throws FaultException if QEMU is not there
     */
    static Acceleration probe(Launcher launcher, Path directory) throws IOException, InterruptedException {
        Path device = Path.of("/dev/kvm");
        if (!Files.isReadable(device) || !Files.isWritable(device)) {
            return new Acceleration(Kind.TCG, Files.exists(device) ? "no access to /dev/kvm" : "no /dev/kvm");
        }
        return probe(launcher, directory, KVM_OPTIONS);
    }

    /**
     * Probes with QEMU's {@code options} for an accelerator, of which only KVM's are worth it outside of tests. They are
     * all that machines get: there are hosts on which KVM runs a guest, but not with the processor's own features.
     */
    static Acceleration probe(Launcher launcher, Path directory, List<String> options)
            throws IOException, InterruptedException {
        Path sector = Files.write(directory.resolve("probe.img"), bootSector());
        Path log = directory.resolve("probe.log");
        List<String> command = new ArrayList<>(
                List.of(Machine.QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-machine", "pc"));
        command.addAll(options);
        command.addAll(List.of("-smp", "2", "-m", "16", "-device", "isa-debug-exit,iobase=0xf4,iosize=1"));
        command.addAll(List.of("-drive", "if=ide,format=raw,snapshot=on,file=" + Machine.quoted(sector)));
        Process process = Machine.startProgram(launcher, command, log);
        try {
            if (!process.waitFor(PROBE_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                return new Acceleration(
                        Kind.TCG, "KVM did not run a boot sector within " + PROBE_LIMIT.toSeconds() + " s");
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        if (process.exitValue() == 2 * ANSWER + 1) {
            return new Acceleration(Kind.KVM, "it ran a probe");
        }
        String said = Machine.lastLine(log);
        return new Acceleration(
                Kind.TCG, "with KVM a probe ended: " + (said.isEmpty() ? "status " + process.exitValue() : said));
    }

    /** {@code mov al, ANSWER; out 0xf4, al; hlt; jmp} to the {@code hlt}, where a BIOS looks for a boot sector. */
    private static byte[] bootSector() {
        byte[] sector = new byte[SECTOR];
        byte[] program = {(byte) 0xB0, ANSWER, (byte) 0xE6, (byte) 0xF4, (byte) 0xF4, (byte) 0xEB, (byte) 0xFD};
        System.arraycopy(program, 0, sector, 0, program.length);
        sector[SECTOR - 2] = 0x55;
        sector[SECTOR - 1] = (byte) 0xAA;
        return sector;
    }

    /** QEMU's options for it. */
    List<String> options() {
        return switch (kind) {
            case KVM -> KVM_OPTIONS;
            // Of the processors that QEMU can imitate, one that has all of x86-64-v2, and no long vectors: those are
            // slow.
            case TCG -> List.of("-accel", "tcg,thread=multi,tb-size=512", "-cpu", "Nehalem");
        };
    }

    /** How long to wait for something that takes {@code usual} where the processor runs the guest. */
    Duration limit(Duration usual) {
        return switch (kind) {
            case KVM -> usual;
            case TCG -> usual.multipliedBy(SLOWNESS_OF_TCG);
        };
    }

    @Override
    public String toString() {
        return switch (kind) {
            case KVM -> "KVM";
            case TCG -> "TCG (" + reason + ")";
        };
    }
}
