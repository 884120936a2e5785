package io.metalimages.rack.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What KVM does in the probe is done by {@link StandInQemu}: nothing here depends on this machine's. */
class AccelerationProbeTest {

    private static final Accelerator AUTO = Accelerator.AUTO;
    private static final Accelerator KVM = Accelerator.KVM;
    private static final Accelerator TCG = Accelerator.TCG;

    /** For a machine that works, however busy this one is. */
    private static final Duration LONG = Duration.ofMinutes(2);

    @TempDir
    private Path directory;

    private Path memory;
    private Path device;
    private Path processors;
    private Path kernel;
    private Path qemu;
    private Path guestKernel;
    private WorkDirectory work;
    private final List<String> notes = new ArrayList<>();

    @BeforeEach
    void prepare() throws Exception {
        memory = Files.createDirectory(directory.resolve("memory"));
        device = Files.createFile(directory.resolve("kvm"));
        processors = Files.writeString(directory.resolve("cpuinfo"), """
                processor\t: 0
                vendor_id\t: AuthenticAMD
                model name\t: AMD EPYC
                microcode\t: 0x1000065
                cpu MHz\t\t: 2445.406
                flags\t\t: fpu vme

                processor\t: 1
                cpu MHz\t\t: 1111.111
                """);
        kernel = Files.writeString(directory.resolve("version"), "Linux version 6.1.0 #1\n");
        qemu = Files.writeString(directory.resolve("qemu"), "7.2");
        guestKernel = Files.writeString(directory.resolve("vmlinuz"), "kernel");
        work = WorkDirectory.open(new StateDirectory(directory.resolve("state")), note -> {});
    }

    @AfterEach
    void close() throws IOException {
        work.close();
    }

    private StandInQemu qemuThat(String behaviour) throws IOException {
        return new StandInQemu(directory, behaviour, Launcher.plain(work.launcher()));
    }

    private AccelerationProbe probe(Duration limit) {
        return new AccelerationProbe(
                memory, new AccelerationProbe.Host(device, processors, kernel, List.of(qemu)), limit);
    }

    private Boot.Kernel guest() {
        return new Boot.Kernel(guestKernel, directory.resolve("initrd"), "console=ttyS0");
    }

    private Acceleration choose(Accelerator wanted, StandInQemu qemu, Duration limit) throws Exception {
        return probe(limit).choose(wanted, guest(), qemu, work.newDirectory("probe"), notes::add);
    }

    private Acceleration choose(Accelerator wanted, StandInQemu qemu) throws Exception {
        return choose(wanted, qemu, LONG);
    }

    private List<Path> records() throws IOException {
        try (Stream<Path> files = Files.list(memory)) {
            return files.toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"AUTO", "KVM"})
    void kvmIsTakenWhereItStartsAKernel(Accelerator wanted) throws Exception {
        assertThat(choose(wanted, qemuThat("works"))).isEqualTo(Acceleration.kvm());
        assertThat(notes).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            asserts             | QEMU: failed to set MSR 0x10a to 0x69
            refuses             | failed to initialize kvm: Permission denied
            internal-error      | KVM internal error: emulation failure
            """)
    void qemusOwnWordDecidesAtOnce(String behaviour, String reason) throws Exception {
        StandInQemu qemu = qemuThat(behaviour);

        assertThat(choose(AUTO, qemu)).isEqualTo(Acceleration.tcg(reason));
        assertThat(notes).singleElement().asString().contains("KVM does not work on this machine (" + reason + ")");

        notes.clear();
        assertThat(choose(AUTO, qemu)).isEqualTo(Acceleration.tcg(reason));
        assertThat(qemu.starts()).isOne();
        assertThat(notes).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            deaf                | QEMU does not respond
            silent              | no sign of life under KVM
            """)
    void aMachineThatHangsIsGivenUp(String behaviour, String reason) throws Exception {
        StandInQemu qemu = qemuThat(behaviour);
        assertThat(choose(AUTO, qemu, Duration.ofSeconds(1))).isEqualTo(Acceleration.tcg(reason));
        assertThat(choose(AUTO, qemu)).isEqualTo(Acceleration.tcg(reason));
        assertThat(qemu.starts()).isOne();
    }

    @Test
    void whatMayHaveBeenABusyMachineIsTriedAgainLater() throws Exception {
        choose(AUTO, qemuThat("deaf"), Duration.ofMillis(1));
        Path record = records().getFirst();
        String text = Files.readString(record);
        assertThat(text)
                .contains(Instant.now().plus(Duration.ofDays(1)).toString().substring(0, 11));

        Files.writeString(record, text.replaceFirst("\"20\\d\\d", "\"2001"));
        assertThat(choose(AUTO, qemuThat("works"))).isEqualTo(Acceleration.kvm());
    }

    @Test
    void whatWorksIsNotTriedAgain() throws Exception {
        choose(AUTO, qemuThat("works"));
        StandInQemu unused = qemuThat("deaf");
        assertThat(choose(AUTO, unused)).isEqualTo(Acceleration.kvm());
        assertThat(choose(KVM, unused)).isEqualTo(Acceleration.kvm());
        assertThat(unused.starts()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"microcode", "flags", "kernel", "guest's kernel", "qemu's size", "qemu's time", "qemu's name"})
    void anotherMachineIsTriedOnItsOwn(String difference) throws Exception {
        choose(AUTO, qemuThat("works"));
        switch (difference) {
            case "microcode" -> replace(processors, "0x1000065", "0x1000066");
            case "flags" -> replace(processors, "vme", "vme svm");
            case "kernel" -> replace(kernel, "6.1.0", "6.1.1");
            case "guest's kernel" -> replace(guestKernel, "kernel", "lenrek");
            case "qemu's size" -> replace(qemu, "7.2", "7.2.1");
            case "qemu's time" -> Files.setLastModifiedTime(qemu, FileTime.fromMillis(1));
            case "qemu's name" ->
                qemu = Files.copy(qemu, directory.resolve("qemu-2"), StandardCopyOption.COPY_ATTRIBUTES);
            default -> throw new IllegalArgumentException(difference);
        }
        assertThat(choose(AUTO, qemuThat("asserts")).kind()).isEqualTo(Acceleration.Kind.TCG);
    }

    @Test
    void aClockThatChangesIsNotAnotherMachine() throws Exception {
        choose(AUTO, qemuThat("works"));
        replace(processors, "2445.406", "3000.000");
        replace(processors, "1111.111", "3000.000");
        assertThat(choose(AUTO, qemuThat("asserts"))).isEqualTo(Acceleration.kvm());
    }

    private static void replace(Path file, String before, String after) throws IOException {
        String text = Files.readString(file);
        assertThat(text).contains(before);
        Files.writeString(file, text.replace(before, after));
    }

    @Test
    void aSuccessThatTurnsOutFalseIsForgotten() throws Exception {
        AccelerationProbe probe = probe(LONG);
        probe.choose(AUTO, guest(), qemuThat("works"), work.newDirectory("probe"), notes::add);
        probe.disprove(AccelerationException.reported("KVM internal error: emulation failure"));

        StandInQemu unused = qemuThat("works");
        assertThat(choose(AUTO, unused)).isEqualTo(Acceleration.tcg("KVM internal error: emulation failure"));
        assertThat(unused.starts()).isZero();
    }

    @Test
    void whoeverAsksForKvmGetsItTriedAgain() throws Exception {
        choose(AUTO, qemuThat("asserts"));
        assertThat(choose(KVM, qemuThat("works"))).isEqualTo(Acceleration.kvm());
        assertThat(choose(AUTO, qemuThat("asserts"))).isEqualTo(Acceleration.kvm());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            asserts             | QEMU: failed to set MSR 0x10a to 0x69
            internal-error      | KVM internal error: emulation failure
            deaf                | QEMU does not respond
            """)
    void kvmThatWasAskedForAndDoesNotWorkIsAFault(String behaviour, String reason) {
        assertMissing(() -> choose(KVM, qemuThat(behaviour), Duration.ofSeconds(1)), reason);
    }

    @Test
    void withoutItsDeviceKvmIsNotTried() throws Exception {
        Files.delete(device);
        assertNotTried("no " + device);
    }

    @Test
    void withoutAccessToItsDeviceKvmIsNotTried() throws Exception {
        Files.delete(device);
        // A socket can't be opened like a file, by whomever.
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(device));
            assertNotTried("no access to " + device);
        }
    }

    private void assertNotTried(String reason) throws Exception {
        StandInQemu unused = qemuThat("works");
        assertThat(choose(AUTO, unused)).isEqualTo(Acceleration.tcg(reason));
        assertMissing(() -> choose(KVM, unused), reason);
        assertMissing(() -> probe(LONG).requireDevice(KVM), reason);
        probe(LONG).requireDevice(AUTO);
        assertThat(unused.starts()).isZero();
        assertThat(records()).isEmpty();
    }

    private static void assertMissing(ThrowingCallable call, String reason) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault.category()).isEqualTo(FaultException.Category.MISSING_ON_MACHINE);
                    assertThat(fault.remedy())
                            .hasValueSatisfying(remedy -> assertThat(remedy).contains("--accel"));
                })
                .hasMessage("KVM does not work on this machine: " + reason + ".");
    }

    @Test
    void emulationThatWasAskedForNeedsNoProbe() throws Exception {
        StandInQemu unused = qemuThat("works");
        assertThat(choose(TCG, unused)).hasToString("TCG (as requested)");
        assertThat(unused.starts()).isZero();
    }

    @Test
    void aRecordThatIsDamagedIsNone() throws Exception {
        choose(AUTO, qemuThat("works"));
        Path record = records().getFirst();
        byte[] whole = Files.readAllBytes(record);
        for (int length = 0; length < whole.length; length++) {
            Files.write(record, Arrays.copyOf(whole, length));
            assertThat(choose(AUTO, qemuThat("refuses")).kind()).isEqualTo(Acceleration.Kind.TCG);
        }
        Files.writeString(record, "{\"works\":false,\"reason\":\"slow\",\"until\":\"soon\"}");
        assertThat(choose(AUTO, qemuThat("works"))).isEqualTo(Acceleration.kvm());
        assertThat(records()).containsExactly(record);
    }
}
