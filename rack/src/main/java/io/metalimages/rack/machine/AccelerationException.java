package io.metalimages.rack.machine;

import java.io.IOException;

/** A machine came to a stop because of what runs its instructions, KVM: not because of its guest. */
public final class AccelerationException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String reason;
    private final boolean isCertain;

    private AccelerationException(String reason, boolean isCertain) {
        super("The virtual machine stopped under KVM: " + reason);
        this.reason = reason;
        this.isCertain = isCertain;
    }

    /** QEMU says so, or has died of it. */
    static AccelerationException reported(String reason) {
        return new AccelerationException(reason, true);
    }

    /** The machine is silent, for which this machine being too busy would be a reason, too. */
    static AccelerationException suspected(String reason) {
        return new AccelerationException(reason, false);
    }

    /** A few words, such as {@code KVM internal error: emulation failure}. */
    public String reason() {
        return reason;
    }

    /** Whether it would be the same another time. */
    public boolean isCertain() {
        return isCertain;
    }
}
