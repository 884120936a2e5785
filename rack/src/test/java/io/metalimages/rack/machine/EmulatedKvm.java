package io.metalimages.rack.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A host on which KVM seems to work, while it is emulation that does what KVM is asked to. */
public final class EmulatedKvm {

    private EmulatedKvm() {}

    /** A probe that gives KVM as long as emulation takes; its files are in {@code directory}. */
    public static AccelerationProbe probe(Path directory) throws IOException {
        AccelerationProbe.Host host = new AccelerationProbe.Host(
                Files.createFile(directory.resolve("kvm")),
                Path.of("/proc/cpuinfo"),
                Path.of("/proc/version"),
                List.of(HostRequirements.FIRMWARE));
        return new AccelerationProbe(Files.createDirectory(directory.resolve("memory")), host, Duration.ofMinutes(5));
    }

    /** Starts QEMU with emulation wherever KVM is asked for. */
    public static Launcher launcher(Launcher launcher) {
        return (command, log) -> {
            List<String> emulated = new ArrayList<>(command);
            Collections.replaceAll(emulated, "kvm", "tcg,thread=multi");
            Collections.replaceAll(emulated, "host", "Nehalem");
            return launcher.start(emulated, log);
        };
    }
}
