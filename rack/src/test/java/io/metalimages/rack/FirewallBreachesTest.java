package io.metalimages.rack;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.engine.Progress;
import io.metalimages.rack.checks.CheckContext;
import io.metalimages.rack.checks.CheckResult;
import io.metalimages.rack.checks.SystemChecks;
import io.metalimages.rack.machine.Accelerator;
import io.metalimages.rack.machine.HostRequirements;
import io.metalimages.rack.machine.SecureShell;
import io.metalimages.rack.machine.TestMachine;
import io.metalimages.rack.provisioning.Burn;
import io.metalimages.rack.provisioning.InitialDisks;
import io.metalimages.rack.provisioning.Role;
import io.metalimages.rack.provisioning.Shell;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Breaks a firewall while it runs, one way at a time, and looks whether its checks name just that.
 *
 * <p>All breaches are made on one machine. Those which don't disturb each other are made together; each must be named by checks
 * of its own. Then they are mended, which shows in the next checks: these must not blame them any more.
 */
@Tag("slow")
class FirewallBreachesTest {

    private static final String NAME = "firewall/3.0-debian";

    private static final String RELOAD_RULES = "systemctl reload nftables";

    /**
     * Something to break.
     *
     * @param script breaks it
     * @param mending undoes that
     * @param blamed the checks that have to fail, and no other
     */
    private record Breach(String name, String script, String mending, List<String> blamed) {

        /** @param edit of sed, for the packet filter's rules */
        static Breach ofRules(String name, String edit, String... blamed) {
            return new Breach(
                    name,
                    "cp --no-clobber /etc/nftables/rules /run/rules\nsed -i -E %s /etc/nftables/rules\n%s"
                            .formatted(Shell.command(edit), RELOAD_RULES),
                    "cp /run/rules /etc/nftables/rules\n" + RELOAD_RULES,
                    List.of(blamed));
        }

        /** @param line of FRR's configuration */
        static Breach ofRouting(String name, String context, String line, String undoing, String... blamed) {
            return new Breach(name, configure(context, line), configure(context, undoing), List.of(blamed));
        }

        /** @param program what is executed instead of a service's own */
        static Breach ofService(String name, String service, String program, String awaited, String... blamed) {
            String directory = "/run/systemd/system/" + service + ".d";
            String restart = "systemctl daemon-reload\nsystemctl restart " + service + "\n";
            return new Breach(
                    name,
                    "mkdir --parents %1$s\nprintf '[Service]\\nExecStart=\\nExecStart=%2$s\\n' >%1$s/zz-broken.conf\n"
                                    .formatted(directory, program)
                            + restart,
                    "rm %s/zz-broken.conf\n".formatted(directory) + restart + awaited,
                    List.of(blamed));
        }

        private static String configure(String context, String line) {
            return Shell.command("vtysh", "-c", "configure terminal", "-c", context, "-c", line);
        }
    }

    private static final List<List<Breach>> BREACHES = List.of(
            List.of(
                    Breach.ofRouting(
                            "a prefix leaked between VRFs",
                            "route-map vrf3981-import-map permit 20",
                            "no match ip address prefix-list vrf3981-import-from-vrf3982",
                            "match ip address prefix-list vrf3981-import-from-vrf3982",
                            "Routes vrf3981: are those of the allocation"),
                    Breach.ofService(
                            "chrony in the default VRF",
                            "chrony@vrf104009.service",
                            "!/usr/sbin/chronyd $DAEMON_OPTS",
                            "",
                            "Command chrony is in the VRF that leads to its servers: stdout",
                            "Command chrony follows the allocation's servers and no other: stdout"),
                    new Breach(
                            "MTU",
                            "ip link set vlan3982 mtu 1500",
                            "ip link set vlan3982 mtu 9000",
                            List.of("Interface vlan3982: mtu")),
                    Breach.ofRules(
                            "rule order",
                            "/tcp dport bgp ct state new/{h;d};/BGP, which is refused all the same/G",
                            "Egress internet: is not reached by BGP, whatever the rules say"),
                    Breach.ofRules(
                            "drop log off",
                            "s/ log prefix \"nftables-metal-dropped: \"//",
                            "Log of what is dropped: has the refused connection"),
                    Breach.ofService(
                            "suricata blind",
                            "suricata.service",
                            "suricata -c /etc/suricata/suricata.yaml --af-packet=vlan3982",
                            """
                            timeout 300 sh -euc '
                                until journalctl --quiet --grep "Engine started" \\
                                    "_SYSTEMD_INVOCATION_ID=$(systemctl show --property InvocationID --value suricata)"
                                do
                                    sleep 1
                                done'
                            """,
                            "Suricata traffic: sees a connection"),
                    Breach.ofRouting(
                            "ECMP lost",
                            "router bgp 4200003073",
                            "maximum-paths 1",
                            "no maximum-paths",
                            "Command the tunnel to the exit takes the ways over both switches: stdout")),
            List.of(
                    Breach.ofRules(
                            "forward policy accept",
                            "s/(hook forward .* policy) drop/\\1 accept/",
                            "Command the packet filter drops what is not allowed: stdout",
                            "Egress internet: is not reached by a port that no rule is for",
                            "Ingress internet: does not reach a machine by a port that no rule is for",
                            "Ingress internet: does not reach a machine from where no rule is for"),
                    Breach.ofRouting(
                            "a VNI missing",
                            "vrf vrf3982",
                            "no vni 3982",
                            "vni 3982",
                            "Command every network has its VNI, which leads to its VRF: stdout",
                            "Routes vrf3981: are those of the allocation",
                            "Routes vrf3982: are those of the allocation",
                            "Egress vrf3982: is reached by a machine, which NAT hides")),
            List.of(Breach.ofRules(
                    "NAT missing",
                    "/oifname \"vlan104009\".* masquerade/d",
                    "Egress internet: is reached by a machine, which NAT hides",
                    "Suricata traffic: sees a connection")));

    @TempDir
    private Path directory;

    @Test
    void breachesOfARunningFirewallAreNamedOneByOne() throws Exception {
        BuiltRackImages.requireRoot();
        Host.assumeInstalled(HostRequirements.QEMU, "qemu-system-x86");
        try (BuiltRackImages built = BuiltRackImages.open()) {
            SoftAssertions assertions = new SoftAssertions();
            test(built).examine((machine, checks) -> {
                assertions
                        .assertThat(failed(machine, checks))
                        .as("nothing is broken")
                        .isEmpty();
                for (List<Breach> breaches : BREACHES) {
                    for (Breach breach : breaches) {
                        root(machine, breach.script());
                    }
                    List<String> failed = failed(machine, checks);
                    for (Breach breach : breaches) {
                        assertions.assertThat(failed).as(breach.name()).containsAll(breach.blamed());
                        root(machine, breach.mending());
                    }
                    assertions
                            .assertThat(failed)
                            .as("nothing else is blamed")
                            .hasSameElementsAs(breaches.stream()
                                    .flatMap(breach -> breach.blamed().stream())
                                    .toList());
                }
                assertions
                        .assertThat(failed(machine, checks))
                        .as("all is mended")
                        .isEmpty();
            });
            assertions.assertAll();
        }
    }

    private ImageTest test(BuiltRackImages built) throws Exception {
        return new ImageTest(
                new ImageTest.Options(
                        NAME,
                        built.image(NAME, directory.resolve("image")),
                        BuiltRackImages.HOME,
                        Optional.empty(),
                        Optional.of(Role.FIREWALL),
                        "default",
                        Burn.METAL_HAMMER,
                        Optional.empty(),
                        "cloud-init",
                        Optional.of(ImageTest.Network.FABRIC),
                        Accelerator.AUTO,
                        OptionalInt.empty(),
                        3072,
                        new ImageTest.Extent(0, false),
                        directory.resolve("reports"),
                        new InitialDisks.Blank(Optional.empty())),
                built.images,
                built.state,
                built.work,
                Progress.SILENT);
    }

    private static List<String> failed(TestMachine machine, SystemChecks checks)
            throws IOException, InterruptedException {
        long begun = System.nanoTime();
        List<CheckResult> failed = checks.all(machine.shell(), CheckContext.Start.KEXEC).stream()
                .filter(result -> result.outcome() == CheckResult.Outcome.FAILED)
                .toList();
        // For whoever looks after the test has failed.
        System.err.printf("%d failed, %.1f s%n", failed.size(), (System.nanoTime() - begun) / 1e9);
        failed.forEach(check ->
                System.err.println("  " + check.title() + ": " + check.message().orElse("")));
        return failed.stream().map(CheckResult::title).toList();
    }

    private static void root(TestMachine machine, String script) throws IOException, InterruptedException {
        SecureShell.CommandResult answer = machine.shell()
                .run("sudo --stdin --prompt= -- " + Shell.command("sh", "-euxc", script), Provisioning.PASSWORD + "\n");
        assertThat(answer.status()).as(answer.errors()).isZero();
    }
}
