package io.metalimages.artifact;

import java.util.Locale;

/**
 * What can be wrong with an artifact. Ids and names are stable: none is ever used for something else.
 *
 * <p>The reasons come from what metal-hammer does with an image: a Go reader of LZ4 frames (pierrec/lz4 version 4), a Go
 * reader of tars and an untar that keeps little but names, contents and the modes of files.
 */
public enum CheckCode {
    NO_FRAME(101, Severity.ERROR, "The file is no LZ4 frame.", Remedy.EXPORT),
    FRAME_HEADER(102, Severity.ERROR, "The header of the LZ4 frame is wrong.", Remedy.EXPORT),
    SEVERAL_FRAMES(
            103,
            Severity.ERROR,
            "A second LZ4 frame follows: metal-hammer stops after the first one without an error, and the machine gets"
                    + " half an image.",
            "Compress the tar as a whole, not in parts that are then joined."),
    SKIPPABLE_FRAME_BEHIND(
            104,
            Severity.ERROR,
            "A skippable frame follows the LZ4 frame: metal-hammer never reads what is behind it.",
            "Compress the tar as a whole, and keep other data in a file of its own."),
    BLOCK_CHECKSUMS(
            105,
            Severity.ERROR,
            "The blocks of the LZ4 frame have checksums: metal-hammer rejects such a frame.",
            "Compress without block checksums (lz4 without -BX)."),
    DICTIONARY(
            106,
            Severity.ERROR,
            "The LZ4 frame names a dictionary: metal-hammer rejects its header.",
            "Compress without a dictionary (lz4 without -D)."),
    CORRUPT_BLOCK(107, Severity.ERROR, "A compressed block is damaged.", Remedy.FETCH),
    TRUNCATED(108, Severity.ERROR, "The file ends too early.", Remedy.FETCH),
    END_MARK_MISSING(
            109,
            Severity.ERROR,
            "The LZ4 frame has no end mark: it was cut off, which metal-hammer would not notice.",
            Remedy.FETCH),
    CONTENT_CHECKSUM_WRONG(
            110, Severity.ERROR, "The checksum of the whole content does not fit the content.", Remedy.FETCH),
    TRAILING_DATA(
            111,
            Severity.ERROR,
            "Something that is no LZ4 frame follows the frame: metal-hammer never reads it.",
            Remedy.EXPORT),
    LINKED_BLOCKS(
            112,
            Severity.ERROR,
            "The blocks of the LZ4 frame depend on each other: none can be read, checked or fetched alone.",
            "Compress with independent blocks (lz4 without -BD)."),
    CONTENT_SIZE_WRONG(
            113, Severity.ERROR, "The content size in the frame's header does not fit the content.", Remedy.EXPORT),
    LEGACY_FRAME(
            114,
            Severity.WARNING,
            "The file is in the legacy LZ4 format, which has no checksum.",
            "Compress without lz4's option -l."),
    SKIPPABLE_FRAME_FIRST(
            115,
            Severity.WARNING,
            "A skippable frame comes first: metal-hammer reads over it, other readers may not.",
            Remedy.EXPORT),
    CONTENT_CHECKSUM_MISSING(
            116,
            Severity.WARNING,
            "The LZ4 frame has no checksum of its content, so lz4 -t cannot prove it.",
            "Compress with the content checksum (lz4 without --no-frame-crc)."),

    MD5_MISSING(
            201,
            Severity.ERROR,
            "The md5 file is missing: metal-hammer fetches it and gives up without it.",
            Remedy.MD5),
    MD5_FORM(
            202,
            Severity.ERROR,
            "The md5 file has not the form that metal-hammer reads: it takes what stands before the first space for the"
                    + " hash.",
            Remedy.MD5),
    MD5_MISMATCH(203, Severity.ERROR, "The md5 file is not that of the tarball.", Remedy.MD5),
    SHA256_MISSING(
            204, Severity.WARNING, "The sha256 file is missing.", "Make it: sha256sum img.tar.lz4 >img.tar.lz4.sha256"),
    SHA256_MISMATCH(
            205,
            Severity.ERROR,
            "The sha256 file is not that of the tarball.",
            "Fetch both again, or make it: sha256sum img.tar.lz4 >img.tar.lz4.sha256"),
    PACKAGES_MISSING(206, Severity.ERROR, "The list of packages is missing.", Remedy.PACKAGES),
    PACKAGES_EMPTY(207, Severity.ERROR, "The list of packages is empty.", Remedy.PACKAGES),
    PACKAGES_MISMATCH(
            208, Severity.ERROR, "The list of packages is not what the image's database has.", Remedy.PACKAGES),
    PACKAGES_TOO_LARGE(
            209,
            Severity.ERROR,
            "The list of packages is larger than that of any image, and was not looked at.",
            Remedy.PACKAGES),

    TAR_CORRUPT(301, Severity.ERROR, "The tar is damaged: metal-hammer's installation ends here.", Remedy.EXPORT),
    TAR_END_MISSING(
            302,
            Severity.ERROR,
            "The tar has no end: metal-hammer would take what is there for the whole image.",
            Remedy.EXPORT),
    TAR_TRAILING_DATA(
            303, Severity.WARNING, "The tar goes on behind its end: metal-hammer never reads that.", Remedy.EXPORT),
    HARD_LINK_TARGET(
            304,
            Severity.ERROR,
            "A hard link comes before its target, or has none: metal-hammer's installation ends here.",
            "Write the file before its links."),
    DUPLICATE_ENTRY(
            305,
            Severity.ERROR,
            "The path comes twice: metal-hammer's installation ends at the second link, and a second file replaces the"
                    + " first.",
            Remedy.ONCE),
    DEVICE_OR_PIPE(
            306,
            Severity.ERROR,
            "A device or named pipe: metal-hammer puts a regular file in its place.",
            "Remove it in the Dockerfile; what needs it on a running machine gets it from tmpfiles.d."),
    UNKNOWN_TYPE(
            307,
            Severity.ERROR,
            "An entry of a type that metal-hammer does not know: its installation ends here.",
            "Write regular files, directories and links only."),
    SPARSE_FILE(
            308,
            Severity.ERROR,
            "A sparse file: metal-hammer's installation ends at GNU's form of it, and reads others only partly.",
            "Write the tar without the option --sparse."),
    PATH_ESCAPES(
            309,
            Severity.ERROR,
            "The path is absolute or leads upwards.",
            "Write the tar from within the root directory: tar -C ROOT -c ."),
    PATH_THROUGH_LINK(
            310,
            Severity.ERROR,
            "The path leads through a symbolic link: metal-hammer does not unpack in a chroot, so an absolute link leads"
                    + " out of the image.",
            "Write the entry under its real path."),
    PARENT_NO_DIRECTORY(
            311,
            Severity.ERROR,
            "The path leads through what is no directory: metal-hammer's installation ends here.",
            Remedy.ONCE),
    TOO_MANY_ENTRIES(
            312, Severity.ERROR, "The tar has more entries than any image; the rest was not looked at.", Remedy.EXPORT),
    PATH_TOO_LONG(
            313,
            Severity.ERROR,
            "The path or the link's target is longer than Linux allows: metal-hammer's installation ends here.",
            "Shorten it in the Dockerfile."),
    TOO_MUCH_METADATA(
            314,
            Severity.ERROR,
            "The paths, links and attributes in the tar take more memory than those of any image; the rest was not looked"
                    + " at.",
            Remedy.EXPORT),

    OS_RELEASE_MISSING(
            401,
            Severity.ERROR,
            "There is no /etc/os-release with an ID: the installer does not know what it installs.",
            "Install the package that brings it (base-files)."),
    OS_RELEASE_UNKNOWN(
            402,
            Severity.ERROR,
            "The installer does not know this ID.",
            "Base the image on Debian, Ubuntu, AlmaLinux or CentOS."),
    KERNEL_MISSING(
            403,
            Severity.ERROR,
            "There is no kernel: the installer finds it by /boot/System.map-VERSION.",
            "Install a kernel in the Dockerfile, such as linux-image-amd64."),
    SEVERAL_KERNELS(
            404,
            Severity.ERROR,
            "There is more than one kernel: the installer refuses to choose.",
            "Remove all but one in the Dockerfile: apt-get purge linux-image-VERSION"),
    KERNEL_IMAGE_MISSING(
            405, Severity.ERROR, "The kernel's image is not there as a regular file.", "Install the kernel anew."),
    INITRAMFS_MISSING(
            406,
            Severity.ERROR,
            "The kernel's initramfs is not there as a regular file.",
            "Make it in the Dockerfile: update-initramfs -c -k VERSION, or dracut"),
    MODULES_MISSING(
            407,
            Severity.ERROR,
            "The kernel's modules are not there.",
            "Install the kernel's modules, and run depmod VERSION."),
    STRAY_KERNEL_FILE(
            408,
            Severity.WARNING,
            "A file of a kernel that is not in the image: GRUB would offer it.",
            "Remove it in the Dockerfile."),
    INIT_MISSING(
            409,
            Severity.ERROR,
            "/sbin/init is no program: the kernel is started with init=/sbin/init.",
            "Install systemd-sysv."),
    INSTALLER_MISSING(
            410,
            Severity.WARNING,
            "There is neither /install.sh nor /install-go: only hammers that bring their own installer can provision a"
                    + " machine with the image.",
            "Copy os/installer into the image."),
    INSTALLER_NOT_EXECUTABLE(
            411,
            Severity.ERROR,
            "The installer is no executable file: metal-hammer runs it, and starts the machine anew when that fails.",
            "Give it the mode 0755 in the Dockerfile."),
    BROKEN_BOOT_LINK(
            412,
            Severity.WARNING,
            "A link to a kernel or initramfs leads nowhere.",
            "Remove it in the Dockerfile; see /etc/kernel-img.conf."),
    FILE_TOO_LARGE(
            413,
            Severity.ERROR,
            "The check reads this file, but it is larger than any of its kind, and was not looked at.",
            "Find out what wrote it, and shorten it in the Dockerfile."),
    TOO_COMPLEX(
            414,
            Severity.ERROR,
            "The lines in tmpfiles.d, or links that lead to links, take more work to follow than those of any image; the"
                    + " rest was not looked at.",
            "Shorten them in the Dockerfile; a line of type Z for a directory stands for many of type z."),
    BOOT_LOADER_MISSING(
            415,
            Severity.ERROR,
            "The signed boot loader is incomplete: the installer makes none on AlmaLinux and CentOS, and the firmware"
                    + " would find nothing to start.",
            "Install it in the Dockerfile: shim-x64 and grub2-efi-x64"),
    NETWORK_OFF(
            416,
            Severity.ERROR,
            "systemd-networkd does not start: the installer configures the network by its files, and the machine would"
                    + " stay without one.",
            "Install systemd-networkd, and enable it by a preset of the image."),
    LABELS_WANTED(
            417,
            Severity.ERROR,
            "SELinux wants labels, all of which metal-hammer drops: nothing would be allowed to start, or the first boot"
                    + " ends in a restart.",
            "Write SELINUX=disabled or permissive into /etc/selinux/config, and remove /.autorelabel."),

    NOT_SHIPPABLE(
            501,
            Severity.ERROR,
            "It cannot reach a machine: a file system is mounted over it.",
            "Leave it out of the tar; what a running machine needs there is made by tmpfiles.d."),
    MACHINE_STATE(
            502,
            Severity.ERROR,
            "It belongs to one machine: every machine with this image would have the same.",
            "Remove it in the Dockerfile, and let the machine make its own on its first boot."),
    BUILDER_RESOLVER(
            503,
            Severity.ERROR,
            "/etc/resolv.conf names the name servers of the machine that built the image.",
            "Remove it in the Dockerfile; the installer writes the machine's own."),
    CONTAINER_MARK(
            504,
            Severity.ERROR,
            "It makes programs on the machine believe that they run in a container.",
            "Remove it before the tar is made."),
    BUILD_LEFTOVER(505, Severity.WARNING, "It is left from the build, and of no use on a machine.", "Leave it out."),

    OWNER_LOST(
            601,
            Severity.WARNING,
            "metal-hammer makes root the owner of everything, and nothing gives it back.",
            Remedy.TMPFILES),
    MODE_LOST(
            602,
            Severity.WARNING,
            "metal-hammer gives all directories the mode 0755, and nothing gives it back.",
            Remedy.TMPFILES),
    CAPABILITY_LOST(
            603,
            Severity.WARNING,
            "metal-hammer drops file capabilities, and nothing makes up for it.",
            "Give the service AmbientCapabilities=, or set the capability by a service on boot."),
    ATTRIBUTE_LOST(
            604,
            Severity.WARNING,
            "metal-hammer drops extended attributes and access lists, and nothing gives it back.",
            "Set it on boot, by a line of type t or a in /usr/lib/tmpfiles.d.");

    /** How bad a finding is. */
    public enum Severity {
        /** A machine would get something else than the image, or could not be provisioned with it. */
        ERROR,
        /** The image works, but not all of it as it seems. */
        WARNING
    }

    private static final class Remedy {
        static final String EXPORT = "Make the artifact anew with metal-images build.";
        static final String FETCH = "Fetch or make the artifact anew.";
        static final String MD5 = "Make it in the artifact's directory: md5sum img.tar.lz4 >img.tar.lz4.md5";
        static final String PACKAGES = "Make the artifact anew with metal-images build, which writes packages.txt.";
        static final String ONCE = "Write every path once, as what it is to be.";
        static final String TMPFILES = "Add a line of type z to a file in /usr/lib/tmpfiles.d of the image.";
    }

    private final int number;
    private final Severity severity;
    private final String meaning;
    private final String remedy;

    CheckCode(int number, Severity severity, String meaning, String remedy) {
        this.number = number;
        this.severity = severity;
        this.meaning = meaning;
        this.remedy = remedy;
    }

    /** {@code MI103}. */
    public String id() {
        return "MI" + number;
    }

    /** In lower-case letters with hyphens: {@code several-frames}. */
    public String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public Severity severity() {
        return severity;
    }

    /** What it means for a machine, in whole sentences. */
    public String meaning() {
        return meaning;
    }

    /** What to do about it, as a whole sentence. */
    public String remedy() {
        return remedy;
    }
}
