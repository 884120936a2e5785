package io.metalimages.rack.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.metalimages.common.FaultException;
import io.metalimages.rack.checks.CheckResult;
import io.metalimages.rack.checks.Score;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MeasurementTest {

    static final String OUTPUT = """
            == OpenSCAP
            xccdf_org.ssgproject.content_rule_file_owner_etc_shadow:pass
            xccdf_org.ssgproject.content_rule_partition_for_home:fail
            xccdf_org.ssgproject.content_rule_package_ntp_installed:error
            xccdf_org.ssgproject.content_rule_grub2_password:notapplicable
            == Lynis
            # Lynis Report
            report_version_major=1
            lynis_version=3.1.4
            warning[]=FIRE-4512|iptables module(s) loaded, but no rules active|-|-|
            suggestion[]=KRNL-6000|One or more sysctl values differ from the scan profile and could be tweaked|-|-|
            suggestion[]=SSH-7408|Consider hardening SSH configuration|MaxSessions (set 10 to 2)|-|
            suggestion[]=AUTH-9286|Configure minimum password age in /etc/login.defs|-|-|
            suggestion[]=AUTH-9286|Configure maximum password age in /etc/login.defs|-|-|
            details[]=KRNL-6000|sysctl|desc:sysctl key kernel.kptr_restrict;field:kernel.kptr_restrict;prefval:2;value:1;|
            details[]=KRNL-6000|sysctl|desc:sysctl key fs.suid_dumpable;field:fs.suid_dumpable;prefval:0;value:2;|
            details[]=SSH-7408|sshd|desc:sshd option MaxSessions;field:MaxSessions;prefval:2;value:10;|
            hardening_index=71
            tests_executed=AUTH-9286|ACCT-2754|FIRE-4512|KRNL-6000|SSH-7408|
            """;

    @Test
    void everyRuleIsToldOnce() {
        assertThat(Measurement.read(OUTPUT).rules())
                .extracting(Rule::name, Rule::outcome, Rule::finding)
                .containsExactlyInAnyOrder(
                        tuple("OpenSCAP file_owner_etc_shadow", CheckResult.Outcome.PASSED, "pass"),
                        tuple("OpenSCAP partition_for_home", CheckResult.Outcome.FAILED, "fail"),
                        tuple("OpenSCAP package_ntp_installed", CheckResult.Outcome.FAILED, "error"),
                        tuple("OpenSCAP grub2_password", CheckResult.Outcome.SKIPPED, "notapplicable"),
                        tuple("Lynis ACCT-2754", CheckResult.Outcome.PASSED, ""),
                        tuple(
                                "Lynis AUTH-9286",
                                CheckResult.Outcome.FAILED,
                                "Configure minimum password age in /etc/login.defs"
                                        + " Configure maximum password age in /etc/login.defs"),
                        tuple(
                                "Lynis FIRE-4512",
                                CheckResult.Outcome.FAILED,
                                "iptables module(s) loaded, but no rules active"),
                        tuple("Lynis KRNL-6000 fs.suid_dumpable", CheckResult.Outcome.FAILED, "is 2, and should be 0"),
                        tuple(
                                "Lynis KRNL-6000 kernel.kptr_restrict",
                                CheckResult.Outcome.FAILED,
                                "is 1, and should be 2"),
                        tuple("Lynis SSH-7408 MaxSessions", CheckResult.Outcome.FAILED, "is 10, and should be 2"));
    }

    @Test
    void scoresAreTheToolsOwn() {
        assertThat(Measurement.read(OUTPUT).scores())
                .containsExactly(new Score("Lynis hardening index", 71, 100), new Score("OpenSCAP rules passed", 1, 3));
    }

    /** Nothing said is nothing measured: no tool passes in silence. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "== OpenSCAP\n== Lynis\nhardening_index=71\ntests_executed=A-1|\n",
                "== OpenSCAP\nxccdf_x_rule_a:pass\n== Lynis\n",
                "== OpenSCAP\nxccdf_x_rule_a:pass\n== Lynis\ntests_executed=A-1|\n",
            })
    void silenceIsAFailure(String output) {
        assertThatThrownBy(() -> Measurement.read(output))
                .isInstanceOfSatisfying(
                        FaultException.class,
                        fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.FAILED_WORK));
    }
}
