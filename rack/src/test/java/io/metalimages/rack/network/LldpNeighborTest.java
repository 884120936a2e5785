package io.metalimages.rack.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

final class LldpNeighborTest {

    private static final String UUID = "e0ab02d2-27cd-5a5e-8efc-080ba80cf258";

    private static Optional<String> trouble(String systemName, String systemDescription) {
        return LldpNeighbor.trouble(Optional.of(new LldpNeighbor("leaf1", systemName, systemDescription)), UUID);
    }

    @Test
    void machineThatSaysItsUuidAndThatItIsProvisionedIsAlive() {
        assertThat(trouble(UUID, "provisioned since Friday")).isEmpty();
    }

    @Test
    void whatMetalCoreMissesIsNamed() {
        assertThat(LldpNeighbor.trouble(Optional.empty(), UUID).orElseThrow()).contains("no LLDP");
        assertThat(trouble("vm", "provisioned").orElseThrow()).contains("\"vm\"", UUID);
        assertThat(trouble(UUID, "Debian GNU/Linux 12").orElseThrow()).contains("\"Debian GNU/Linux 12\"");
    }
}
