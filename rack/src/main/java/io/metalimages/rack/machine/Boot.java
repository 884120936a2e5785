package io.metalimages.rack.machine;

import java.nio.file.Path;

/** What a machine starts with. */
public sealed interface Boot {

    /** A kernel and an initramfs that UEFI is handed by QEMU, as it would get them over the network. */
    record Kernel(Path kernel, Path initramfs, String commandLine) implements Boot {}

    /** What UEFI finds on the disks. */
    record FromDisk() implements Boot {}

    /** The first sector of the first disk, by a BIOS: a guest of a few bytes. */
    record Sector() implements Boot {}
}
