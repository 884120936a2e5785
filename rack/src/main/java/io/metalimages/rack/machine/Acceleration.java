package io.metalimages.rack.machine;

import java.time.Duration;
import java.util.List;

/**
 * How a guest's instructions are executed on this machine.
 *
 * @param kind by the processor, or translated by QEMU
 * @param reason why it is this kind: a few words to show to the user
 */
public record Acceleration(Kind kind, String reason) {

    enum Kind {
        /** The processor runs the guest. */
        KVM,
        /** QEMU translates the guest's instructions, on as many threads as the guest has processors. */
        TCG
    }

    /** How many times longer TCG takes for the same work, at most. */
    private static final int SLOWNESS_OF_TCG = 15;

    /** By the processor. */
    public static Acceleration kvm() {
        return new Acceleration(Kind.KVM, "it has started a kernel");
    }

    /** By QEMU, because of {@code reason}. */
    public static Acceleration tcg(String reason) {
        return new Acceleration(Kind.TCG, reason);
    }

    /** QEMU's options for it. */
    List<String> options() {
        return switch (kind) {
            case KVM -> List.of("-accel", "kvm", "-cpu", "host");
            // Of the processors that QEMU can imitate, one that has all of x86-64-v2, and no long vectors: those are
            // slow.
            case TCG -> List.of("-accel", "tcg,thread=multi,tb-size=512", "-cpu", "Nehalem");
        };
    }

    /** How long to wait for something that takes {@code usual} where the processor runs the guest. */
    public Duration limit(Duration usual) {
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
