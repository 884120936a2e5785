package io.metalimages.rack.machine;

import com.sun.management.OperatingSystemMXBean;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What this machine needs to run a virtual one: QEMU, firmware, and memory. All faults here are of the category {@code
 * MISSING_ON_MACHINE}, and say what to install or to do.
 */
public final class HostRequirements {

    public static final String QEMU = "qemu-system-x86_64";
    static final String QEMU_IMG = "qemu-img";

    /** The packages that programs are in. */
    private static final Map<String, String> PACKAGES = Map.of(QEMU, "qemu-system-x86", QEMU_IMG, "qemu-utils");

    /** UEFI's code, and the variables that it begins with. */
    static final Path FIRMWARE = Path.of("/usr/share/OVMF/OVMF_CODE_4M.fd");

    static final Path FIRMWARE_VARIABLES = Path.of("/usr/share/OVMF/OVMF_VARS_4M.fd");

    /** What QEMU itself needs beside the guest's memory: its own, and room for translated code. */
    private static final int OVERHEAD_MEBIBYTES = 768;

    private HostRequirements() {}

    /**
     * Finds out early whether a machine can be run here.
     *
     * @param memory in MiB
     * @throws FaultException if QEMU, its firmware, or memory is missing
     */
    public static void requireAll(int memory) throws IOException {
        requireProgram(QEMU);
        requireFirmware();
        requireMemory(memory);
    }

    static void requireProgram(String program) {
        if (find(program).isEmpty()) {
            throw FaultException.missing(
                    "The program " + program + " is not on this machine.",
                    "Install the package " + PACKAGES.getOrDefault(program, program) + ".");
        }
    }

    /** Where a program is that is started by its name. */
    static Optional<Path> find(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static void requireFirmware() {
        if (!Files.isReadable(FIRMWARE) || !Files.isReadable(FIRMWARE_VARIABLES)) {
            throw FaultException.missing(
                    "UEFI firmware for virtual machines, " + FIRMWARE + ", is not on this machine.",
                    "Install the package ovmf.");
        }
    }

    /** @param wanted in MiB, for the guest alone */
    static void requireMemory(int wanted) throws IOException {
        long available = availableMebibytes();
        if (wanted + OVERHEAD_MEBIBYTES > available) {
            throw FaultException.missing(
                    "A virtual machine of %,d MiB needs %,d MiB of memory, and %,d MiB are available."
                            .formatted(wanted, wanted + OVERHEAD_MEBIBYTES, available),
                    "End other programs, or give the machine less memory.");
        }
    }

    /** What the kernel says can be had without swapping, or less where a control group sets a limit. */
    private static long availableMebibytes() throws IOException {
        long available = Files.readAllLines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.startsWith("MemAvailable:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
                .findFirst()
                .orElseThrow(() -> new IOException("/proc/meminfo has no line MemAvailable."));
        long total =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize() >> 20;
        return Math.min(available, total);
    }
}
