package io.metalimages.rack.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MachineTest {

    private static final Acceleration TRANSLATED = Acceleration.tcg("a test");
    private static final Duration LONG = Duration.ofMinutes(2);

    @TempDir
    private Path directory;

    private WorkDirectory work;
    private Launcher launcher;

    @BeforeEach
    void open() throws Exception {
        Host.assumeInstalled(HostRequirements.QEMU, "qemu-system-x86");
        work = WorkDirectory.open(new StateDirectory(directory.resolve("state")), note -> {});
        launcher = Launcher.plain(work.launcher());
    }

    @AfterEach
    void close() throws IOException {
        if (work != null) {
            work.close();
        }
    }

    @Test
    void aGuestIsFollowedUntilItReboots() throws Exception {
        try (Machine machine = started("first\nsecond\n", TinyGuest.Then.REBOOT)) {
            machine.awaitOnConsole("first", LONG);
            machine.awaitOnConsole("second", LONG);
            assertThat(machine.awaitEnd(LONG)).isEqualTo(Machine.End.REBOOT);
            assertThat(Files.readString(machine.hardware().console())).contains("first\nsecond\n");
        }
    }

    @Test
    void aGuestIsFollowedUntilItSwitchesItselfOff() throws Exception {
        try (Machine machine = started("good night\n", TinyGuest.Then.SWITCH_OFF)) {
            assertThat(machine.awaitEnd(LONG)).isEqualTo(Machine.End.SWITCHED_OFF);
        }
    }

    @Test
    void aMachineGoesOnWithItsDisksAndItsConsoleWhenItIsStartedAgain() throws Exception {
        Hardware hardware = hardware(TinyGuest.writing(file("disk"), "hello\n", TinyGuest.Then.REBOOT));
        for (int run = 1; run <= 2; run++) {
            try (Machine machine = start(hardware)) {
                machine.awaitOnConsole("hello", LONG);
                machine.awaitEnd(LONG);
            }
        }
        assertThat(Files.readString(hardware.console()).split("hello", -1)).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[   11.2] Kernel panic - not syncing: VFS: Unable to mount root fs | kernel panicked",
                "(initramfs) | initramfs did not find the root file system",
                "You are in emergency mode. After logging in, type | emergency mode",
                "grub rescue> | GRUB did not find its modules",
                "'\u001b[1;1H\u001b[0mgrub>' | GRUB found no configuration",
                "'error: file `/boot/vmlinuz-9'' not found.' | GRUB did not find the kernel",
                "'error: ../../grub-core/fs/fshelp.c:257:file `/initramfs-9.img'' not found.' | GRUB did not find the kernel",
                "Shell> | UEFI found nothing to boot from",
                "BdsDxe: No bootable option or device was found. | UEFI found nothing to boot from"
            })
    void aGuestThatGetsNoFurtherIsReportedAtOnceWithTheEndOfItsConsole(String text, String reason) throws Exception {
        try (Machine machine = started("before it\n" + text + " ", TinyGuest.Then.HANG)) {
            assertThatThrownBy(() -> machine.awaitOnConsole("login:", LONG))
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining(reason)
                    .hasMessageContaining("before it")
                    .hasMessageContaining(machine.hardware().console().toString());
        }
    }

    @Test
    void textsThatOnlyLookLikeAPromptAreNone() throws Exception {
        try (Machine machine = started("see grub> and Shell> and (initramfs) here\nlogin:", TinyGuest.Then.HANG)) {
            machine.awaitOnConsole("login:", LONG);
            machine.requireSound();
        }
    }

    @Test
    void aGuestThatHangsIsReportedWhenItsTimeIsOver() throws Exception {
        try (Machine machine = started("so far\n", TinyGuest.Then.HANG)) {
            machine.awaitOnConsole("so far", LONG);
            assertThatThrownBy(() -> machine.awaitOnConsole("further", Duration.ofMillis(1)))
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining("gets no further")
                    .hasMessageContaining("“further”")
                    .hasMessageContaining("so far");
        }
    }

    @Test
    void aGuestThatEndsTooEarlyIsReported() throws Exception {
        try (Machine machine = started("bye\n", TinyGuest.Then.SWITCH_OFF)) {
            assertThatThrownBy(() -> machine.awaitOnConsole("login:", LONG))
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining("ended")
                    .hasMessageContaining("bye");
        }
    }

    @Test
    void aMachineThatDiesIsToldFromOneThatSwitchedItselfOff() throws Exception {
        try (Machine machine = started("alive\n", TinyGuest.Then.HANG)) {
            machine.awaitOnConsole("alive", LONG);
            ProcessHandle.of(machine.pid()).orElseThrow().destroyForcibly();
            assertThatThrownBy(() -> machine.awaitEnd(LONG))
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining("status 137");
        }
    }

    @Test
    void aPausedMachineStandsStillAndGoesOn() throws Exception {
        try (Machine machine = started("tick\n", TinyGuest.Then.REPEAT)) {
            machine.awaitOnConsole("tick", LONG);
            machine.pause();
            long size = Files.size(machine.hardware().console());
            Thread.sleep(200);
            assertThat(Files.size(machine.hardware().console())).isEqualTo(size);
            machine.resume();
            machine.awaitThat(() -> Files.size(machine.hardware().console()) > size, "more on the console", LONG);
        }
    }

    @Test
    void theCableOfACardIsPulledByItsNumber() throws Exception {
        Hardware hardware = new Hardware(
                1,
                64,
                List.of(TinyGuest.writing(file("disk"), "up\n", TinyGuest.Then.HANG)),
                List.of(new NetworkCard.UserNetwork("02:00:00:00:00:01", Map.of())),
                Files.createDirectory(file("machine")));
        try (Machine machine = start(hardware)) {
            machine.setLink(0, false);
            machine.setLink(0, true);
            assertThatThrownBy(() -> machine.setLink(1, false))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("card1");
        }
    }

    @Test
    void aClosedMachineIsGone() throws Exception {
        Machine machine = started("alive\n", TinyGuest.Then.HANG);
        ProcessHandle process = ProcessHandle.of(machine.pid()).orElseThrow();
        machine.close();
        process.onExit().get();
        machine.close();
    }

    @Test
    void aMachineEndsWithTheWorkDirectoryThatItWasStartedFor() throws Exception {
        Machine machine = started("alive\n", TinyGuest.Then.HANG);
        ProcessHandle process = ProcessHandle.of(machine.pid()).orElseThrow();
        work.close();
        process.onExit().get();
    }

    @Test
    void aFirmwareThatFindsNothingToBootSaysSo() throws Exception {
        Disk blank = Disk.blank(file("blank"), 1 << 20, Disk.Bus.VIRTIO);
        Hardware hardware = new Hardware(1, 256, List.of(blank), List.of(), Files.createDirectory(file("machine")));
        try (Machine machine = Machine.start(hardware, new Boot.FromDisk(), TRANSLATED, launcher)) {
            assertThatThrownBy(() -> machine.awaitOnConsole("login:", LONG))
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining("UEFI found nothing to boot from");
        }
    }

    @Test
    void moreMemoryThanThereIsIsRefusedWithBothFigures() throws Exception {
        Hardware hardware =
                new Hardware(1, 1_000_000_000, List.of(), List.of(), Files.createDirectory(file("machine")));
        assertThatThrownBy(() -> start(hardware))
                .isInstanceOfSatisfying(
                        FaultException.class,
                        e -> assertThat(e.category()).isEqualTo(FaultException.Category.MISSING_ON_MACHINE))
                .hasMessageContaining("1,000,000,000 MiB")
                .hasMessageContaining("are available");
    }

    @Test
    void aProgramThatIsNotThereIsNamedWithItsPackage() {
        assertThatThrownBy(() -> HostRequirements.requireProgram("no-such-program"))
                .isInstanceOfSatisfying(
                        FaultException.class,
                        e -> assertThat(e.category()).isEqualTo(FaultException.Category.MISSING_ON_MACHINE))
                .hasMessageContaining("no-such-program");
    }

    @Test
    void whatQemuSaysWhenItDoesNotStartIsPassedOn() throws Exception {
        Hardware hardware = hardware(new Disk(file("no-such-file"), Disk.Format.RAW, Disk.Bus.VIRTIO));
        assertThatThrownBy(() -> start(hardware))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("did not start")
                .hasMessageContaining("no-such-file");
    }

    @Test
    void aPortThatIsTakenIsNamed() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Hardware hardware = new Hardware(
                    1,
                    64,
                    List.of(),
                    List.of(new NetworkCard.UserNetwork("02:00:00:00:00:01", Map.of(taken.getLocalPort(), 22))),
                    Files.createDirectory(file("machine")));
            assertThatThrownBy(() -> start(hardware))
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining(Integer.toString(taken.getLocalPort()));
        }
    }

    @Test
    void aPathThatIsTooLongForASocketIsNamed() throws Exception {
        Hardware hardware = new Hardware(1, 64, List.of(), List.of(), Files.createDirectory(file("x".repeat(120))));
        assertThatThrownBy(() -> start(hardware))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("too long for a socket");
    }

    @Test
    void aCopyOfADiskKeepsItsChangesToItself() throws Exception {
        Host.assumeInstalled(HostRequirements.QEMU_IMG, "qemu-utils");
        Disk original = TinyGuest.writing(file("disk,with=comma"), "copied\n", TinyGuest.Then.SWITCH_OFF);
        byte[] before = Files.readAllBytes(original.file());
        Disk copy = original.overlay(file("copy"), launcher);
        try (Machine machine = start(hardware(copy))) {
            machine.awaitOnConsole("copied", LONG);
            machine.awaitEnd(LONG);
        }
        Process write = new ProcessBuilder(
                        "qemu-io",
                        "-f",
                        "qcow2",
                        "-c",
                        "write -P 7 0 512",
                        file("copy").toString())
                .redirectErrorStream(true)
                .start();
        assertThat(write.waitFor()).isZero();
        assertThat(Files.readAllBytes(original.file())).isEqualTo(before);
    }

    @Test
    void aCopyOfADiskThatIsNotThereIsAFault() {
        Host.assumeInstalled(HostRequirements.QEMU_IMG, "qemu-utils");
        Disk missing = new Disk(file("missing"), Disk.Format.RAW, Disk.Bus.VIRTIO);
        assertThatThrownBy(() -> missing.overlay(file("copy"), launcher))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("missing");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            then-asserts        | QEMU: failed to set MSR 0x10a to 0x69
            then-exits          | kvm run failed Bad address
            then-internal-error | KVM internal error: emulation failure
            """)
    void kvmThatStopsAMachineIsBlamedAtOnce(String behaviour, String reason) throws Exception {
        try (Machine machine = underKvm(behaviour)) {
            machine.awaitOnConsole("Linux version", LONG);
            assertStoppedByKvm(() -> machine.awaitOnConsole("login:", LONG), reason);
        }
        try (Machine machine = underKvm(behaviour)) {
            assertStoppedByKvm(() -> machine.awaitEnd(LONG), reason);
        }
    }

    @Test
    void aMachineThatIsSilentUnderKvmWhateverIsPressedIsStopped() throws Exception {
        try (Machine machine = underKvm("then-silent")) {
            machine.awaitOnConsole("Linux version", LONG);
            assertStoppedByKvm(() -> machine.awaitOnConsole("login:", Duration.ZERO), "no sign of life under KVM");
            assertStoppedByKvm(() -> machine.awaitEnd(Duration.ZERO), "no sign of life under KVM");
            assertStoppedByKvm(machine::requireSignOfLife, "no sign of life under KVM");
        }
    }

    @Test
    void aGuestThatOnlyFailsUnderKvmIsNotStoppedByIt() throws Exception {
        try (Machine machine = underKvm("works")) {
            machine.awaitOnConsole("Linux version", LONG);
            machine.requireSignOfLife();
            assertThatThrownBy(() -> machine.awaitOnConsole("login:", Duration.ZERO))
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining("gets no further");
        }
    }

    @Test
    void aKernelThatPanicsUnderKvmIsNotStoppedByIt() throws Exception {
        try (Machine machine = underKvm("panics")) {
            assertThatThrownBy(() -> machine.awaitOnConsole("login:", LONG))
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining("kernel panicked");
            machine.requireSignOfLife();
        }
    }

    @Test
    void whoeverEndsQemuIsNotKvm() throws Exception {
        try (Machine machine = underKvm("works")) {
            ProcessHandle.of(machine.pid()).orElseThrow().destroyForcibly();
            assertThatThrownBy(() -> machine.awaitEnd(LONG))
                    .isInstanceOf(FaultException.class)
                    .hasMessageContaining("status 137");
        }
    }

    private Machine underKvm(String behaviour) throws Exception {
        Hardware hardware = new Hardware(1, 64, List.of(), List.of(), Files.createTempDirectory(directory, "kvm"));
        return Machine.start(
                hardware, new Boot.Sector(), Acceleration.kvm(), new StandInQemu(directory, behaviour, launcher), LONG);
    }

    private static void assertStoppedByKvm(ThrowingCallable wait, String reason) {
        assertThatThrownBy(wait)
                .isInstanceOfSatisfying(
                        AccelerationException.class,
                        stop -> assertThat(stop.reason()).isEqualTo(reason));
    }

    private Machine started(String text, TinyGuest.Then then) throws Exception {
        return start(hardware(TinyGuest.writing(file("disk"), text, then)));
    }

    private Machine start(Hardware hardware) throws Exception {
        return Machine.start(hardware, new Boot.Sector(), TRANSLATED, launcher);
    }

    private Hardware hardware(Disk disk) throws IOException {
        return new Hardware(1, 64, List.of(disk), List.of(), Files.createDirectory(file("machine")));
    }

    private Path file(String name) {
        return directory.resolve(name);
    }
}
