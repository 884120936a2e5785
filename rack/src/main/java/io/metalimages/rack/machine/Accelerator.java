package io.metalimages.rack.machine;

/** What is to run a machine's instructions. */
public enum Accelerator {
    /** KVM where it works, else QEMU; also when KVM fails later. */
    AUTO,
    /** The processor, or nothing. */
    KVM,
    /** QEMU, by emulation. */
    TCG
}
