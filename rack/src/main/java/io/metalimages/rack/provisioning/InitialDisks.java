package io.metalimages.rack.provisioning;

import java.nio.file.Path;
import java.util.Optional;

/** What a machine has on its disks when it is switched on for the first time. */
public sealed interface InitialDisks {

    /**
     * Nothing: the image is burned on them.
     *
     * @param kept where the disks go; empty if nobody wants them
     */
    record Blank(Optional<Path> kept) implements InitialDisks {}

    /**
     * The image as an installation left it, not booted yet. The machine gets copies; what is there stays as it is.
     *
     * @param directory with the disks
     * @param change a shell script that is run in the system, in a chroot, before its kernel is started
     */
    record Burned(Path directory, String change) implements InitialDisks {}
}
