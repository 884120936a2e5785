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
import java.util.stream.Stream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
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

    @Test
    void keysOfTheFileAreBesideThoseOfTheRack() throws IOException {
        Path file = Files.writeString(directory.resolve("a.yaml"), MACHINE + """
                sshpublickey: |
                  # a remark

                  from="10.0.0.0/8" ssh-ed25519 AAAAC3Nz three
                  \tssh-ed25519 AAAAC3Nz four
                """);
        Allocation allocation = Allocation.read(file);

        assertThat(yaml(allocation.installYaml(FACTS)).get("sshpublickey"))
                .asString()
                .startsWith("# a remark\n\nfrom=")
                .endsWith("\nssh-ed25519 AAAAC3Nz two");
        assertThat(allocation.variables(FACTS))
                .containsEntry(
                        "publicKeys",
                        List.of(
                                "from=\"10.0.0.0/8\" ssh-ed25519 AAAAC3Nz three",
                                "ssh-ed25519 AAAAC3Nz four",
                                FACTS.publicKeys().getFirst(),
                                FACTS.publicKeys().getLast()));
    }

    @Test
    void consoleMayBeWrittenInAnotherWay() throws IOException {
        Path file = Files.writeString(directory.resolve("a.yaml"), MACHINE + "console: tty0 console=ttyS1,115200n8r\n");
        Allocation allocation = Allocation.read(file);

        allocation.requireConsole(FACTS.console());
        assertThat(yaml(allocation.installYaml(FACTS)).get("console")).isEqualTo("tty0 console=ttyS1,115200n8r");
        assertThat(allocation.variables(FACTS)).containsEntry("consoles", List.of("tty0", "ttyS1,115200n8r"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ttyS0,115200n8", "ttyS1,9600n8", "ttyS1,115200 tty0"})
    void consoleThatTheRackDoesNotHearIsRefused(String console) throws IOException {
        Path file = Files.writeString(directory.resolve("a.yaml"), MACHINE + "console: " + console + "\n");
        Allocation allocation = Allocation.read(file);

        assertThatThrownBy(() -> allocation.requireConsole(FACTS.console()))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("where the rack does not listen");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            one             | one
            one.example.    | one.example
            one_two.example | one-two.example
            """)
    void checksExpectTheNameThatTheSystemTakes(String given, String taken) throws IOException {
        Path file =
                Files.writeString(directory.resolve("a.yaml"), MACHINE.replace("hostname: one", "hostname: " + given));

        assertThat(Allocation.read(file).variables(FACTS)).containsEntry("hostname", taken);
    }

    @Test
    void typesMayBeSpelledAsTheNewerApiDoes() throws IOException {
        Map<String, Object> variables = Allocation.read(ALLOCATIONS.resolve("machine-of-the-newer-api.yaml"))
                .variables(FACTS);

        assertThat(variables)
                .containsEntry("hostname", "rack-machine.example.test")
                .containsEntry("asn", 4_294_967_294L)
                .containsEntry("routerId", "10.0.17.2")
                .containsEntry("addresses", List.of("10.0.17.2/32", "203.0.113.129/32", "2001:db8:17::129/128"));
    }

    @Test
    void aNetworkOfTheMachinesOwnNeedNotComeFirst() throws IOException {
        Map<String, Object> variables = Allocation.read(ALLOCATIONS.resolve("machine-with-storage.yaml"))
                .variables(FACTS);

        assertThat(variables)
                .containsEntry("hostname", "rack-storage")
                .containsEntry("routerId", "10.0.17.2")
                .containsEntry("firstAddress", "10.0.17.2")
                .containsEntry(
                        "addresses", List.of("10.0.20.17/32", "10.0.20.18/32", "10.0.17.2/32", "203.0.113.129/32"));
    }

    @Test
    void theRackComesByIpv4WhereIpv6IsFirst() throws IOException {
        Allocation allocation = Allocation.read(ALLOCATIONS.resolve("machine-dual-stack.yaml"));

        assertThat(allocation.address()).isEqualTo("10.0.17.2");
        assertThat(allocation.variables(FACTS))
                .containsEntry("routerId", "10.0.17.2")
                .containsEntry("firstAddress", "2001:db8:16::2");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {private: true, ips: [10.0.0.9], asn: 7}                                     | 10.0.0.9
            {networktype: CHILD, ips: [10.0.0.9], asn: 7}                                | 10.0.0.9
            {networktype: child-shared, ips: [10.0.0.9], asn: 7}                         |
            {networktype: NETWORK_TYPE_SUPER, ips: [10.0.0.9], asn: 7}                   |
            """)
    void theMachinesOwnNetworkIsFoundByItsType(String network, String address) throws IOException {
        Path file = Files.writeString(
                directory.resolve("a.yaml"), "hostname: one\nrole: machine\nnetworks:\n  - " + network + "\n");

        if (address == null) {
            assertFault(file).hasMessageContaining("has no network of type privateprimary… or child");
        } else {
            assertThat(Allocation.read(file).address()).isEqualTo(address);
        }
    }

    /** A line for each file, so that none is there that the rack can't read. */
    @ParameterizedTest
    @MethodSource
    void everyFileCanBeRead(Path file) throws IOException {
        Allocation allocation = Allocation.read(file);

        allocation.requireConsole(new MachineFacts.Console(0, 115_200));
        assertThat(file.getFileName().toString()).startsWith(allocation.role().label());
    }

    static Stream<Path> everyFileCanBeRead() throws IOException {
        try (Stream<Path> files = Files.list(ALLOCATIONS)) {
            return files.toList().stream();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"password: secret", "nics: []", "root_uuid: x", "dns_servers: []"})
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
            ips: [10.0.0.1]               | ips: []              | IPv4 address in ips
            ips: [10.0.0.1]               | ips: ["2001:db8::1"] | IPv4 address in ips
            asn: 65000                    | asn: 0               | no network with an asn
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
