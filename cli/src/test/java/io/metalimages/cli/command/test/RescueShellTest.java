package io.metalimages.cli.command.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.cli.Program;
import io.metalimages.cli.TinyImage;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs commands in a small image that is unpacked as metal-hammer does. */
final class RescueShellTest {

    @TempDir
    private Path directory;

    private Program program;

    @BeforeEach
    void prepare() throws Exception {
        Host.assumeRoot("enter images");
        program = new Program(directory, Map.of());
        TinyImage image = new TinyImage(directory.resolve("tiny"));
        Files.createDirectories(image.root().resolve("bin"));
        Files.copy(Host.busybox(), image.root().resolve("bin/busybox"));
        Files.createSymbolicLink(image.root().resolve("bin/sh"), Path.of("busybox"));
        image.exportTo(program.images().resolve("tiny/1"));
    }

    @AfterEach
    void leavesNothingBehind() throws IOException {
        if (program == null) {
            return;
        }
        try (Stream<Path> work = Files.list(program.state().resolve("work"))) {
            assertThat(work.filter(Files::isDirectory)).isEmpty();
        }
        assertThat(Files.readString(Path.of("/proc/self/mounts"))).doesNotContain(directory.toString());
        assertThat(ProcessHandle.current().descendants()).noneMatch(ProcessHandle::isAlive);
    }

    private Program.Run shell(String command) throws Exception {
        return program.run("shell", "tiny/1", "--", "/bin/sh", "-c", command);
    }

    @Test
    void commandRunsInTheImageAndItsStatusIsTheProgramS() throws Exception {
        Program.Run run = shell("busybox cat /etc/os-release; exit 42");
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(42);
        assertThat(run.output()).isEqualTo("ID=debian\n");
    }

    @Test
    void rescueHasProcessesDevicesAndRoomForFiles() throws Exception {
        Program.Run run = shell("set -e; busybox cat /proc/1/comm; busybox test -c /dev/null; "
                + "busybox test -d /sys/kernel; echo x >/tmp/x; echo y >/run/y; echo z >/etc/z; "
                + "echo \"$PATH\"; echo done");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output()).contains("/usr/sbin").endsWith("done\n");
        assertThat(shell("busybox ls /etc/z").exitCode())
                .as("what was changed is lost")
                .isEqualTo(1);
    }

    @Test
    void imageReachesNothingOfThisMachine() throws Exception {
        Path outside = Files.createDirectory(directory.resolve("outside"));
        Path resolver = Files.writeString(outside.resolve("resolv.conf"), "of this machine\n");
        TinyImage trap = new TinyImage(directory.resolve("trap"));
        Files.createDirectories(trap.root().resolve("bin"));
        Files.copy(Host.busybox(), trap.root().resolve("bin/busybox"));
        Files.createSymbolicLink(trap.root().resolve("bin/sh"), Path.of("busybox"));
        Files.move(trap.root().resolve("etc"), trap.root().resolve("other"));
        Files.createSymbolicLink(trap.root().resolve("etc"), outside);
        trap.exportTo(program.images().resolve("trap/1"));

        program.run("shell", "trap/1", "--", "/bin/sh", "-c", "echo entered");
        assertThat(resolver).hasContent("of this machine\n");
        assertThat(outside).isDirectoryContaining(resolver::equals);

        Program.Run run = shell(
                "busybox ls /dev | busybox grep -c -e kvm -e mem -e '[hsv]da'; busybox ls /sys/class/net; "
                        + "busybox mount -t tmpfs none /mnt 2>/dev/null || echo not mounted; busybox grep Seccomp: /proc/self/status");
        assertThat(run.output().replace('\t', ' ')).isEqualTo("0\nlo\ntap0\nnot mounted\nSeccomp: 2\n");
    }

    @Test
    void commandThatIsNotThereIsTold() throws Exception {
        Program.Run run = program.run("shell", "tiny/1", "--", "/bin/nothing");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.errors()).contains("/bin/nothing");
    }

    @Test
    void damagedImageIsNotEntered() throws Exception {
        Path tarball = program.images().resolve("tiny/1/img.tar.lz4");
        byte[] bytes = Files.readAllBytes(tarball);
        Files.write(tarball, java.util.Arrays.copyOf(bytes, bytes.length / 2));
        Program.Run run = shell("echo entered");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors()).contains(tarball.getFileName() + " is damaged: ");
    }

    /** A few megabytes that are gigabytes when they are unpacked. */
    @Test
    void bombIsNotUnpacked() throws Exception {
        TinyImage bomb = new TinyImage(directory.resolve("bomb"));
        try (RandomAccessFile zeros =
                new RandomAccessFile(bomb.file("zeros", "").toFile(), "rw")) {
            zeros.setLength(2L << 30);
        }
        bomb.exportTo(program.images().resolve("bomb/1"));
        Program.Run run = program.run("shell", "bomb/1", "--", "/bin/sh", "-c", "echo entered");
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(1);
        assertThat(run.output()).isEmpty();
        assertThat(run.errors()).contains("img.tar.lz4 was not unpacked: it takes more than ", ", over 50 times its ");
    }
}
