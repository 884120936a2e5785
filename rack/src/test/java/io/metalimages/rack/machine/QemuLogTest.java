package io.metalimages.rack.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QemuLogTest {

    @TempDir
    private Path directory;

    private QemuLog log(String... lines) throws Exception {
        return new QemuLog(Files.write(directory.resolve("log"), Arrays.asList(lines)));
    }

    /** Semicolons stand for line breaks. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            KVM internal error. Suberror: 1;extra data[0]: 0x1;emulation failure;EAX=0 EBX=0 | KVM internal error: emulation failure
            KVM internal error. Suberror: 3;extra data[0]: 0x80000b0e;RAX=0 RBX=0 | KVM internal error: suberror 3
            KVM: entry failed, hardware error 0x80000021;EAX=0 EBX=0 | KVM: entry failed, hardware error 0x80000021
            error: kvm run failed Bad address;EAX=0 EBX=0 | kvm run failed Bad address
            qemu-system-x86_64: warning: no CPUID;qemu-system-x86_64: error: failed to set MSR 0x10a to 0x69;qemu-system-x86_64: ../../target/i386/kvm/kvm.c:3183: kvm_buf_set_msrs: Assertion `ret' failed. | QEMU: failed to set MSR 0x10a to 0x69
            qemu-system-x86_64: ../../hw/core/cpu.c:12: f: Assertion `cpu' failed. | QEMU: Assertion `cpu' failed.
            Could not access KVM kernel module: Permission denied;qemu-system-x86_64: failed to initialize kvm: Permission denied | failed to initialize kvm: Permission denied
            """)
    void theReasonIsAFewWords(String text, String reason) throws Exception {
        assertThat(log(text.split(";")).reason()).isEqualTo(Optional.of(reason));
    }

    @Test
    void theReasonIsNeverLong() throws Exception {
        assertThat(log("x".repeat(1000)).reason())
                .hasValueSatisfying(reason -> assertThat(reason).hasSize(80).endsWith("…"));
    }

    @Test
    void whereNothingIsSaidThereIsNoReason() throws Exception {
        assertThat(log("qemu-system-x86_64: warning: host doesn't support this", "")
                        .reason())
                .isEmpty();
        assertThat(new QemuLog(directory.resolve("none")).reason()).isEmpty();
        assertThat(new QemuLog(directory.resolve("none")).lastLine()).isEmpty();
    }
}
