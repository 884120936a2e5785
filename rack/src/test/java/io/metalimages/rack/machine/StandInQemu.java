package io.metalimages.rack.machine;

import io.metalimages.testing.Host;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/** A program in place of QEMU, with a machine that does what it is told to do: see {@code stand-in-qemu}. */
final class StandInQemu implements Launcher {

    private final Launcher launcher;
    private final Path program;
    private final AtomicInteger starts = new AtomicInteger();

    /** @param launcher starts it */
    StandInQemu(Path directory, String behaviour, Launcher launcher) throws IOException {
        Host.assumeInstalled("perl", "perl-base");
        // The machine's firmware and its command line are QEMU's own.
        Host.assumeInstalled(HostRequirements.QEMU, "qemu-system-x86");
        this.launcher = launcher;
        this.program = directory.resolve("qemu-that-" + behaviour);
        try (InputStream script = Objects.requireNonNull(getClass().getResourceAsStream("/stand-in-qemu"))) {
            String text = new String(script.readAllBytes(), StandardCharsets.UTF_8);
            Files.writeString(program, text.replace("'BEHAVIOUR'", "'" + behaviour + "'"));
        }
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** How often it was started. */
    int starts() {
        return starts.get();
    }

    @Override
    public Process start(List<String> command, Path log) throws IOException {
        starts.incrementAndGet();
        List<String> replaced = new ArrayList<>(command);
        replaced.set(0, program.toString());
        return launcher.start(replaced, log);
    }
}
