package io.metalimages.rack.machine;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A disk of a machine, which is a file here.
 *
 * @param file what is on it
 * @param format how that is stored
 * @param bus what it hangs on in the machine, which decides its device's name there
 */
public record Disk(Path file, Format format, Bus bus) {

    public enum Format {
        /** Byte for byte; what was never written takes no space. */
        RAW,
        /** What differs from another disk's file. */
        QCOW2;

        String option() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public enum Bus {
        /** {@code /dev/vda}, … */
        VIRTIO,
        /** {@code /dev/nvme0n1}, … */
        NVME,
        /** {@code /dev/sda}, … */
        SCSI
    }

    /** A blank disk of {@code bytes} in a new file. */
    public static Disk blank(Path file, long bytes, Bus bus) throws IOException {
        Files.createFile(file);
        try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "rw")) {
            content.setLength(bytes);
        }
        return new Disk(file, Format.RAW, bus);
    }

    /**
     * A disk that begins as a copy of this one, and keeps what is written to it in a new file. This one must not change
     * as long as the copy is used.
     */
    public Disk overlay(Path file, Launcher launcher) throws IOException, InterruptedException {
        Path log = file.resolveSibling(file.getFileName() + ".log");
        HostRequirements.requireProgram(HostRequirements.QEMU_IMG);
        Process process = launcher.start(
                List.of(
                        HostRequirements.QEMU_IMG,
                        "create",
                        "-q",
                        "-f",
                        Format.QCOW2.option(),
                        "-F",
                        format.option(),
                        "-b",
                        this.file.toAbsolutePath().toString(),
                        file.toString()),
                log);
        try {
            if (process.waitFor() != 0) {
                throw FaultException.failed(
                        "A copy of the disk " + this.file + " could not be made: " + new QemuLog(log).lastLine(), null);
            }
        } finally {
            process.destroyForcibly();
        }
        return new Disk(file, Format.QCOW2, bus);
    }
}
