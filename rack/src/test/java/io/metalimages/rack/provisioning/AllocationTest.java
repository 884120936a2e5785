package io.metalimages.rack.provisioning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.rack.network.Port;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

public final class AllocationTest {

    static final Path ALLOCATIONS = Path.of("../os/tests/allocations");

    public static final MachineFacts FACTS = new MachineFacts(
            "4c4c4544-0042-4210-8032-b4c04f565331",
            List.of("ecdsa-sha2-nistp256 AAAAE2VjZHNh one", "ssh-ed25519 AAAAC3Nz two"),
            "yes: \"it's\" #1",
            new MachineFacts.Console(1, 115_200),
            Instant.parse("2026-11-22T18:00:00Z"),
            false,
            List.of(
                    new Port("lan0", "52:54:00:AA:00:01", "leaf1", "52:54:00:00:00:01"),
                    new Port("lan1", "52:54:00:AA:00:02", "leaf2", "52:54:00:00:00:02")),
            List.of("198.51.100.53"),
            List.of("198.51.100.123"));

    private static final String MACHINE = """
            hostname: one
            role: machine
            networks:
              - asn: 65000
                ips: [10.0.0.1]
                networktype: privateprimaryunshared
            """;

    @TempDir
    Path directory;

    @Test
    void machineGetsWhatMetalHammerWrites() throws IOException {
        Map<?, ?> written =
                yaml(Allocation.read(ALLOCATIONS.resolve("machine.yaml")).installYaml(FACTS));

        assertThat(written.keySet().stream().map(Object::toString))
                .contains(
                        "hostname",
                        "machineuuid",
                        "sshpublickey",
                        "password",
                        "console",
                        "timestamp",
                        "role",
                        "networks",
                        "nics",
                        "dns_servers",
                        "ntp_servers");
        assertThat(written.get("password")).isEqualTo("yes: \"it's\" #1");
        assertThat(written.get("sshpublickey"))
                .isEqualTo("ecdsa-sha2-nistp256 AAAAE2VjZHNh one\nssh-ed25519 AAAAC3Nz two");
        assertThat(written.get("console")).isEqualTo("ttyS1,115200n8");
        assertThat(written.get("dns_servers")).isEqualTo(List.of(Map.of("ip", "198.51.100.53")));
        assertThat(written.get("ntp_servers")).isEqualTo(List.of(Map.of("address", "198.51.100.123")));
        assertThat(written.get("nics"))
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .first()
                .isEqualTo(Map.of(
                        "mac",
                        "52:54:00:AA:00:01",
                        "name",
                        "lan0",
                        "identifier",
                        "52:54:00:AA:00:01",
                        "neighbors",
                        List.of(Map.of("mac", "52:54:00:00:00:01", "name", "leaf1"))));
    }

    @Test
    void checksOfMachineExpectItsPrivateAndExternalAddresses() throws IOException {
        Map<String, Object> variables =
                Allocation.read(ALLOCATIONS.resolve("machine.yaml")).variables(FACTS);

        assertThat(variables)
                .containsEntry("role", "machine")
                .containsEntry("routerId", "10.0.17.2")
                .containsEntry("asn", 4_200_003_073L)
                .containsEntry("mtu", 9000)
                .containsEntry("addresses", List.of("10.0.17.2/32", "203.0.113.129/32", "2001:db8:17::129/128"))
                .containsEntry("console", Map.of("device", "ttyS1", "unit", 1, "speed", 115_200))
                .containsEntry("vrfs", List.of());
        assertThat(variables.toString()).doesNotContain(FACTS.password());
    }

    @Test
    void checksOfFirewallExpectItsUnderlayAndAVrfForEachOtherNetwork() throws IOException {
        Map<String, Object> variables =
                Allocation.read(ALLOCATIONS.resolve("firewall.yaml")).variables(FACTS);

        assertThat(variables)
                .containsEntry("role", "firewall")
                .containsEntry("routerId", "10.1.0.1")
                .containsEntry("mtu", 9216)
                .containsEntry("addresses", List.of("10.1.0.1/32"));
        assertThat(variables.get("vrfs"))
                .isEqualTo(List.of(
                        Map.of("name", "vrf3981", "vni", 3981L, "nat", false, "addresses", List.of("10.0.16.2/32")),
                        Map.of("name", "vrf3982", "vni", 3982L, "nat", true, "addresses", List.of("10.0.20.2/32")),
                        Map.of(
                                "name",
                                "vrf104009",
                                "vni",
                                104_009L,
                                "nat",
                                true,
                                "addresses",
                                List.of("203.0.113.130/32"))));
    }

    @Test
    void whatTheRackDoesNotDecideIsLeftAsItIs() throws IOException {
        Path file = Files.writeString(directory.resolve("a.yaml"), MACHINE + "vpn: {address: vpn.test}\n");

        assertThat(yaml(Allocation.read(file).installYaml(FACTS)).get("vpn")).isEqualTo(Map.of("address", "vpn.test"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "password: secret",
                "nics: []",
                "root_uuid: x",
                "sshpublickey: a",
                "dns_servers: []",
                "console: tty"
            })
    void whatTheRackDecidesIsRefused(String line) throws IOException {
        Path file = Files.writeString(directory.resolve("a.yaml"), MACHINE + line + "\n");

        assertFault(file).hasMessageContaining(line.substring(0, line.indexOf(':')));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            hostname: one                 |                      | hostname
            role: machine                 | role: switch         | role switch
            role: machine                 |                      | role
            role: machine                 | role: firewall       | underlay
            networktype: privateprimaryunshared | networktype: external | privateprimary
            ips: [10.0.0.1]               | ips: []              | asn or ips
            ips: [10.0.0.1]               | ips: 10.0.0.1        | networks[0].ips
            asn: 65000                    | asn: 4294967296      | networks[0].asn
            asn: 65000                    | asn: -1              | networks[0].asn
            asn: 65000                    | asn: many            | networks[0].asn
            """)
    void whatTheChecksCannotDoWithoutIsMissed(String line, String instead, String named) throws IOException {
        String text = MACHINE.replace(line.strip(), instead == null ? "other: 1" : instead.strip());
        Path file = Files.writeString(directory.resolve("a.yaml"), text);

        assertFault(file).hasMessageContaining(named);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "just text", "networks: {", "a: &a [*a, *b]", "a: 1\na: 2", "\u0000"})
    void whatIsNoMappingIsRefused(String text) throws IOException {
        assertFault(Files.writeString(directory.resolve("a.yaml"), text)).hasMessageContaining("a.yaml");
    }

    @Test
    void lineOfABrokenFileIsNamed() throws IOException {
        Path file = Files.writeString(directory.resolve("a.yaml"), "role: machine\nnetworks: [\n");

        assertFault(file).hasMessageContaining("a.yaml:3");
    }

    @Test
    void absentFileIsNamed() {
        assertFault(directory.resolve("none.yaml")).hasMessageContaining("none.yaml");
    }

    private static AbstractThrowableAssert<?, ?> assertFault(Path file) {
        return assertThatThrownBy(() -> Allocation.read(file))
                .isInstanceOfSatisfying(
                        FaultException.class,
                        fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT));
    }

    private static Map<?, ?> yaml(String text) {
        return (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(text);
    }
}
