package io.metalimages.rack.provisioning;

/** How an image is unpacked onto the disk. */
public enum Burn {
    /** As metal-hammer does it: owners, times, extended attributes and the modes of directories are lost. */
    METAL_HAMMER,
    /** As tar does it: nothing is lost. To tell what an image loses by the other way. */
    TAR
}
