package io.metalimages.rack.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.rack.checks.CheckResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WriteOffsTest {

    private static final String LIST = """
            # Remarks and empty lines are none.

            OpenSCAP partition_for_home\tthe layout is the operator's
            OpenSCAP package_ntp_installed\ttimesyncd keeps the time
            Lynis FIRE-4512\tthe cluster brings the rules
            Lynis AUTH-9286\tnobody has a password
            Lynis KRNL-6000 fs.suid_dumpable\tcores are wanted
            Lynis KRNL-6000 kernel.kptr_restrict\tfor bpftrace
            Lynis SSH-7408 MaxSessions\tfor Ansible
            """;

    @TempDir
    private Path directory;

    private List<CheckResult> judge(String list, String measured) throws IOException {
        return WriteOffs.read(Files.writeString(directory.resolve("baseline"), list))
                .judge(Measurement.read(measured).rules());
    }

    private static List<String> failed(List<CheckResult> results) {
        return results.stream()
                .filter(result -> result.outcome() == CheckResult.Outcome.FAILED)
                .map(CheckResult::title)
                .toList();
    }

    @Test
    void whatIsWrittenOffIsSkippedForItsReason() throws IOException {
        List<CheckResult> results = judge(LIST, MeasurementTest.OUTPUT);

        assertThat(failed(results)).isEmpty();
        assertThat(results)
                .filteredOn(result -> result.title().equals("Lynis SSH-7408 MaxSessions: passes"))
                .singleElement()
                .satisfies(result -> {
                    assertThat(result.outcome()).isEqualTo(CheckResult.Outcome.SKIPPED);
                    assertThat(result.message()).contains("for Ansible");
                });
    }

    @Test
    void aRuleOfOpenScapThatNewlyFailsIsAFailedCheckByItsName() throws IOException {
        String mutated = MeasurementTest.OUTPUT.replace("file_owner_etc_shadow:pass", "file_owner_etc_shadow:fail");

        assertThat(failed(judge(LIST, mutated))).containsExactly("OpenSCAP file_owner_etc_shadow: passes");
    }

    @Test
    void aTestOfLynisThatNewlyFindsSomethingIsAFailedCheckByItsName() throws IOException {
        String mutated = MeasurementTest.OUTPUT + "suggestion[]=ACCT-2754|Enable accounting|-|-|\n";
        List<CheckResult> results = judge(LIST, mutated);

        assertThat(failed(results)).containsExactly("Lynis ACCT-2754: passes");
        assertThat(results)
                .filteredOn(result -> result.outcome() == CheckResult.Outcome.FAILED)
                .singleElement()
                .extracting(CheckResult::message)
                .isEqualTo(Optional.of("Enable accounting"));
    }

    /** A write-off of one setting is none of the next. */
    @Test
    void aFurtherSettingThatDiffersIsAFailedCheckByItsName() throws IOException {
        String mutated = MeasurementTest.OUTPUT
                + "details[]=SSH-7408|sshd|desc:sshd option X11Forwarding;field:X11Forwarding;prefval:NO;value:YES;|\n";

        assertThat(failed(judge(LIST, mutated))).containsExactly("Lynis SSH-7408 X11Forwarding: passes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "OpenSCAP file_owner_etc_shadow", // passes
                "OpenSCAP grub2_password", // does not apply
                "Lynis KRNL-6000", // is several rules
                "Lynis NONE-0000", // was never heard of
            })
    void aLineThatIsNotNeededIsAFailedCheck(String name) throws IOException {
        assertThat(failed(judge(LIST + name + "\tno reason any more\n", MeasurementTest.OUTPUT)))
                .containsExactly("Write-off " + name + ": is needed");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Lynis A-1", "Lynis A-1\t", "\treason", "Lynis A-1\tone\ttwo", "Lynis FIRE-4512\tonce more"})
    void aLineWithoutAReasonAndASecondOneAreWrong(String line) throws IOException {
        Path file = Files.writeString(directory.resolve("baseline"), LIST + line + "\n");

        assertThatThrownBy(() -> WriteOffs.read(file))
                .isInstanceOfSatisfying(
                        FaultException.class,
                        fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT))
                .hasMessageContaining("baseline:10: ");
    }
}
